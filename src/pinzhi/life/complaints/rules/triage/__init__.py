"""Reading of texts: `Reader.read(text, category) -> Triage`. See `read`."""

from pinzhi.life.complaints.rules.triage.read import Reader

__all__ = ["Reader"]
