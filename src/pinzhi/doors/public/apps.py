"""Django application of this door: its pages."""

from django.apps import AppConfig


class Config(AppConfig):
    """Names the door, so that its templates and files are found."""

    name = "pinzhi.doors.public"
    label = "public"
