"""Clients, staff and programs for tests, made by the services that make them in life."""

import dataclasses
from datetime import datetime
from itertools import count

from pointsys.common.clock import JST
from pointsys.programs import presets, services
from pointsys.programs.models import Program
from pointsys.users.models import Membership, Organization, User

NOON = datetime(2025, 9, 16, 12, tzinfo=JST)
_numbers = count(1)


def make_client(name: str = "宮城県") -> Organization:
    return Organization.objects.create(kind="CLIENT", code=f"client-{next(_numbers)}", name=name)


def make_operator() -> Organization:
    return Organization.objects.create(
        kind="CONTRACTOR", code=f"office-{next(_numbers)}", name="みやぎポイント事務局"
    )


def make_staff(client: Organization, *roles: str) -> User:
    user = User.objects.create_user(f"staff-{next(_numbers)}", name="担当 花子", employer=client)
    for role in roles:
        Membership.objects.create(user=user, organization=client, role=role)
    return user


def make_program(client: Organization | None = None, **rules: object) -> Program:
    """Make a Miyagi-like program that is open at NOON."""
    return services.create_program(
        code=f"program-{next(_numbers)}",
        client_id=(client or make_client()).pk,
        operator_id=make_operator().pk,
        rules=dataclasses.replace(presets.MIYAGI, **{"status": "OPEN", **rules}),
        by=None,
        at=NOON,
    )
