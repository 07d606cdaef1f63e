"""Where events are sent to."""

from django.urls import path

from pinzhi.doors.feeds.http import events

urlpatterns = [path("api/v1/events", events, name="events")]
