"""
The staff console: one screen for each question that staff ask. Server-rendered pages; htmx keeps lists fresh; one plain script gives keys, selection and undo.

Thin: a screen reads a query, shows it, and hands a form to an action. Permission lives in the actions (`people.acts.act`); the door only decides who
may come in (staff; for everybody else the console is not there: 404).
"""
