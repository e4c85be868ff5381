from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("draws", "0002_forward_only"),
        ("vouchers", "0003_receipts_stay"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "frozen_v1.sql").read_text(encoding="utf-8"),
            (SQL / "frozen_v1_down.sql").read_text(encoding="utf-8"),
        ),
        # A row dated tomorrow is taken tomorrow, from the same bytes; no receipt comes in twice.
        migrations.RemoveConstraint(model_name="depositfile", name="vouchers_depositfile_once"),
        migrations.AddConstraint(
            model_name="depositfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("new_count__gte", 1)),
                name="vouchers_depositfile_brings_something",
            ),
        ),
    ]
