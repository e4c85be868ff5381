from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Django's admin with our site in place of its own."""

    default_site = "pointsys.users.staff_site.StaffSite"
