"""Django application of this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """Registers the tables."""

    name = "pinzhi.people"
    label = "people"
