from django.contrib.auth.models import AnonymousUser

from pointsys.users.models import User

Viewer = User | AnonymousUser
