"""Test reports: from words on a page to fields, re-judged results and the seven checks (and integrity). Pure: what is read lies in `admission.paper`."""
