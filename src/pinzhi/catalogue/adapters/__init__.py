"""
Public data sets as events of a marketplace: pure mappings from the tables as published to the columns of the intake.

Ids are made from the source's own, so the same file gives the same events whenever it is read. What is no event of goods is left out and counted by its cause.
Times without a zone are taken as the wall clock of the source's own days and written as China's, as everywhere in the intake, so that a day of the source is
a day of the tallies. Amounts stay in the currency of the source.
"""

from pinzhi.catalogue.adapters.adapted import Adapted

__all__ = ["Adapted"]
