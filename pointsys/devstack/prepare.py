"""`python -m pointsys.devstack.prepare`: migrate and give the serving role its rights.

One process does both, because loading Django takes longer than either.
"""

import io

import django
from django.core.management import call_command


def main() -> None:
    """Bring the database named by the environment up to date; run it as the database's owner."""
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("setup_roles", stdout=io.StringIO())


if __name__ == "__main__":
    main()
