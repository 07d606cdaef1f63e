"""Statutes, amounts, deadlines and the official working-day calendar as rows with article, validity dates and a `verified` flag. Pure rules over data files."""
