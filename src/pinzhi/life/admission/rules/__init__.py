"""The pure rules of admission: functions of a listing, a part of the ruleset and a day."""
