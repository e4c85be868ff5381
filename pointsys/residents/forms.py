from django import forms as django_forms

from pointsys.common import forms


class ResidentSearchForm(forms.Form):
    """Words to find residents by; posted, so that no name stands in an address or a log."""

    words = django_forms.CharField(label="氏名・カナ・アプリのID", required=False, max_length=60)


class ResidentListForm(forms.Form):
    """A file from another application."""

    file = django_forms.FileField(
        label="利用者の一覧",
        help_text="CSVかExcel。見出しに「アプリのID」と「市区町村コード」が要ります。",
    )
