from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
# Released files are never edited: a change is a new version in a new migration.
FILES = ["common_v1", "append_only_v1", "ceiling_v1", "pay_v1", "refund_v1", "grant_v1", "payout_v1", "storage_v1"]


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
        ("audit", "0001_initial"),
        ("programs", "0001_initial"),
        ("stores", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / f"{name}.sql").read_text(encoding="utf-8"),
            (SQL / f"{name}_down.sql").read_text(encoding="utf-8"),
        )
        for name in FILES
    ]
