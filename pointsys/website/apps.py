from django.apps import AppConfig


class WebsiteConfig(AppConfig):
    name = "pointsys.website"
    verbose_name = "サイト"
