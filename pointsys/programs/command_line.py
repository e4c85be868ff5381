"""What commands take alike: a program or its client, and who acts.

Whoever starts a command could open the database as well. The person it names is the one on record,
so that person needs the role which the same act needs on a screen.
"""

from argparse import ArgumentParser
from collections.abc import Callable

from django.core.management.base import CommandError

from pointsys.programs.models import Program
from pointsys.users.models import Organization, User

May = Callable[[User], bool]


def add_program(parser: ArgumentParser) -> None:
    """Declare --program."""
    parser.add_argument("--program", required=True, metavar="CODE", help="事業コード")


def add_program_or_client(parser: ArgumentParser, *, of_program: str) -> None:
    """Declare --program and --client, one of which must be given."""
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--program", metavar="CODE", help=f"事業コード（{of_program}）")
    whose.add_argument("--client", metavar="CODE", help="発注者コード")


def add_person(parser: ArgumentParser, *, required: bool = True, help: str = "") -> None:
    """Declare --by."""
    text = help or "行う人のログインID"
    parser.add_argument("--by", required=required, metavar="LOGIN", help=text)


def program(code: str) -> Program:
    """Return the program of a code, with its client.

    Raises:
        CommandError: there is none.
    """
    found = Program.objects.select_related("client").filter(code=code).first()
    if found is None:
        raise CommandError(f"事業コード「{code}」の事業はありません。")
    return found


def client(*, program_code: str | None, client_code: str | None) -> Organization:
    """Return the client that is named, or the client of the program that is named.

    Raises:
        CommandError: there is none.
    """
    if program_code is not None:
        return program(program_code).client
    found = Organization.objects.filter(code=client_code, kind=Organization.Kind.CLIENT).first()
    if found is None:
        raise CommandError(f"発注者コード「{client_code}」の発注者はありません。")
    return found


def person(login: str, *, may: May) -> User:
    """Return who acts.

    Raises:
        CommandError: there is nobody of this login who still works here, or they may not.
    """
    found = User.objects.filter(username=login, is_active=True).first()
    if found is None:
        raise CommandError(f"ログインID「{login}」の人はいません。")
    if not may(found):
        raise CommandError(f"{login} には、この操作をする役割がありません。")
    return found


def person_if_named(login: str | None, *, may: May) -> User | None:
    """Return who acts, or None where a command may run without a person and names none.

    An empty login is somebody forgotten, not nobody.

    Raises:
        CommandError: as `person` does.
    """
    return None if login is None else person(login, may=may)
