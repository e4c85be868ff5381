from django.db import migrations, models


class Migration(migrations.Migration):
    """A plain hash of a list with one card would give its identifier away: keep a keyed one."""

    dependencies = [
        ("cards", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint("stockbatch", "cards_stockbatch_file_once"),
        migrations.RenameField("stockbatch", "file_sha256", "file_hmac"),
        migrations.AlterField(
            "stockbatch",
            "file_hmac",
            models.CharField(editable=False, max_length=64, verbose_name="ファイルの照合値"),
        ),
        migrations.AddConstraint(
            "stockbatch",
            models.UniqueConstraint(
                fields=["program", "file_hmac"], name="cards_stockbatch_file_once"
            ),
        ),
    ]
