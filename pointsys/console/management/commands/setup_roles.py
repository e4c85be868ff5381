from typing import Any

import pghistory.models
from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection

APP_ROLE = "pointsys_app"
# Tables whose rows are never changed: the serving role may only read and add.
APPEND_ONLY_TABLES = (
    "ledger_transfer",
    "ledger_posting",
    "audit_accessrecord",
    "audit_auditevent",
    "callcenter_dailyreport",
    "callcenter_ticketnote",
    "settlement_bankfile",
    "settlement_bankfiledownload",
    "settlement_bankfilesubmission",
    "settlement_statementrun",
)
# Tables where one column moves and the rest is fixed.
MOVING_COLUMNS = {"ledger_lot": "remaining", "ledger_payment": "refunded_points"}


class Command(BaseCommand):
    help = (
        "Give the serving database role (pointsys_app) what it needs and no more. "
        "Run as the owner after every migrate; safe to repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE])
            if cursor.fetchone() is None:
                self.stdout.write(f"{APP_ROLE} does not exist on this server: nothing to grant.")
                return
            for statement in statements():
                cursor.execute(statement)
        self.stdout.write(f"{APP_ROLE}: rights set.")


def statements() -> list[str]:
    """Return the GRANT and REVOKE statements, in order (design.md 4, rule 2)."""
    granted = [
        f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {APP_ROLE}",
        f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {APP_ROLE}",
    ]
    granted += [
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE}"
        for table in (*APPEND_ONLY_TABLES, *history_tables())
    ]
    for table, column in MOVING_COLUMNS.items():
        granted += [
            f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE}",
            f"GRANT UPDATE ({column}) ON {table} TO {APP_ROLE}",
        ]
    return granted


def history_tables() -> list[str]:
    """Return the tables that hold the earlier versions of masters (SP-15)."""
    return sorted(
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, pghistory.models.Event)
    )
