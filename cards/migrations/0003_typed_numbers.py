from django.db import migrations, models

READINGS = [("F", "FeliCa"), ("A", "Type A"), ("Q", "QRコード"), ("N", "番号の入力")]


class Migration(migrations.Migration):
    """A card whose number was typed says so; only the words of the choices change."""

    dependencies = [
        ("cards", "0002_stock_file_hmac"),
    ]

    operations = [
        migrations.AlterField(
            "cardearn",
            "technology",
            models.CharField(choices=READINGS, max_length=1, verbose_name="読取り"),
        ),
        migrations.AlterField(
            "cardpayment",
            "technology",
            models.CharField(choices=READINGS, max_length=1, verbose_name="読取り"),
        ),
    ]
