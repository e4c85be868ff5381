from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"
# Released files are never edited: a change is a new version in a new migration.
FILES = ["lot_occasion_v1", "grant_one_v1"]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_functions")]

    operations = [
        migrations.AddField(
            model_name="lot",
            name="occasion",
            field=models.CharField(blank=True, db_default="", default="", max_length=50, verbose_name="付与のきっかけ"),
        ),
        # The new one first, so that no instant goes without.
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.UniqueConstraint(fields=("round", "wallet", "occasion"), name="ledger_lot_once_an_occasion"),
        ),
        migrations.RemoveConstraint(model_name="lot", name="ledger_lot_once_a_round"),
        *[
            migrations.RunSQL(
                (SQL / f"{name}.sql").read_text(encoding="utf-8"),
                (SQL / f"{name}_down.sql").read_text(encoding="utf-8"),
            )
            for name in FILES
        ],
    ]
