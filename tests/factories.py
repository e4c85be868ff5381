"""Rows that every suite needs: an organization, a program, a store with its till, a resident.

The program is used in August 2025 and its points die at the end of February 2026 (S1's dates).
"""

from datetime import datetime
from typing import Any

import factory
from factory.django import DjangoModelFactory

from ledger.models import Wallet
from pointsys.common.clock import JST
from pointsys.programs.models import Program
from pointsys.residents.models import Resident
from pointsys.users.models import Membership, Organization, Role, User
from stores.models import Enrolment, Store, StoreStaff, Till

OPENING = datetime(2025, 5, 28, 0, 0, tzinfo=JST)
NOON = datetime(2025, 8, 20, 12, 0, tzinfo=JST)
END = datetime(2026, 3, 1, 0, 0, tzinfo=JST)


class OrganizationFactory(DjangoModelFactory[Organization]):
    class Meta:
        model = Organization

    kind = Organization.Kind.CLIENT
    code = factory.Sequence(lambda n: f"client-{n}")
    name = factory.Sequence(lambda n: f"第{n}県")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user-{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.jp")
    name = factory.Sequence(lambda n: f"利用者 {n}")

    @factory.post_generation
    def password(self, create: bool, extracted: str | None, **kwargs: Any) -> None:
        if extracted:
            self.set_password(extracted)
            self.save(update_fields=["password"])


class ProgramFactory(DjangoModelFactory[Program]):
    class Meta:
        model = Program

    client = factory.SubFactory(OrganizationFactory)
    operator = factory.SubFactory(OrganizationFactory, kind=Organization.Kind.CONTRACTOR)
    code = factory.Sequence(lambda n: f"program-{n}")
    name = factory.Sequence(lambda n: f"くらし応援ポイント{n}")
    status = Program.Status.OPEN
    area_codes = ["04"]
    area_name = "宮城県"
    grant_starts_at = OPENING
    grant_ends_at = END
    usage_starts_at = OPENING
    usage_ends_at = END
    points_expire_at = END
    issuance_ceiling_points = 443_750_000
    system_fee_basis_points = 50
    desk_phone = "0120-000-000"
    desk_hours = "午前9時から午後5時30分まで"


class StoreFactory(DjangoModelFactory[Store]):
    class Meta:
        model = Store

    client = factory.SubFactory(OrganizationFactory)
    code = factory.Sequence(lambda n: f"04-{n:05}")
    name = factory.Sequence(lambda n: f"みなと商店 {n}号店")
    address = "宮城県石巻市立町1-1"
    municipality_code = "04202"


class EnrolmentFactory(DjangoModelFactory[Enrolment]):
    class Meta:
        model = Enrolment

    program = factory.SubFactory(ProgramFactory)
    store = factory.SubFactory(StoreFactory, client=factory.SelfAttribute("..program.client"))
    enrolled_at = OPENING


class TillFactory(DjangoModelFactory[Till]):
    """A till of a store that takes part; pass `program` and `store` to share them."""

    class Meta:
        model = Till
        skip_postgeneration_save = True

    program = factory.SubFactory(ProgramFactory)
    store = factory.SubFactory(StoreFactory, client=factory.SelfAttribute("..program.client"))
    number = 1
    code = factory.Sequence(lambda n: f"T{n:07}")
    key_id = "1"
    issued_at = OPENING

    @factory.post_generation
    def enrolled(self, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        if extracted is not False:
            Enrolment.objects.get_or_create(
                program=self.program, store=self.store, defaults={"enrolled_at": OPENING}
            )


class ResidentFactory(DjangoModelFactory[Resident]):
    class Meta:
        model = Resident

    client = factory.SubFactory(OrganizationFactory)
    external_id = factory.Sequence(lambda n: f"app-{n:06}")
    name = factory.Sequence(lambda n: f"住民 {n}")
    municipality_code = "04202"
    imported_at = OPENING

    class Params:
        signed_up = factory.Trait(user=factory.SubFactory(UserFactory))


class WalletFactory(DjangoModelFactory[Wallet]):
    class Meta:
        model = Wallet

    program = factory.SubFactory(ProgramFactory)
    resident = factory.SubFactory(ResidentFactory, client=factory.SelfAttribute("..program.client"))
    opened_at = OPENING


class StoreStaffFactory(DjangoModelFactory[StoreStaff]):
    class Meta:
        model = StoreStaff

    user = factory.SubFactory(UserFactory)
    store = factory.SubFactory(StoreFactory)
    role = StoreStaff.Role.OWNER


def staff_of(client: Organization, *roles: Role, **fields: Any) -> User:
    """Make a staff user who holds the roles for a client."""
    user = UserFactory(**fields)
    for role in roles:
        Membership.objects.create(user=user, organization=client, role=role)
    return user
