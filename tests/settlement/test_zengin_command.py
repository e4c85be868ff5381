"""manage.py zengin: the transfer file from a terminal."""

import json
from pathlib import Path
from typing import Any

import pytest

from pointsys.common.zengin.yucho import transfer_account
from settlement.management.commands.zengin import Command
from tests.settlement.test_zengin_file import TRANSFERS

DOCUMENT: dict[str, Any] = {
    "options": {"line_separator": "CRLF", "separator_after_last": True},
    "header": {
        "consignor_code": "9900000001",
        "consignor_name": "カ）サンプルジムキョク",
        "bank_code": "0125",
        "branch_code": "100",
        "account_type": "1",
        "account_number": "9000001",
        "transfer_date": "2025-06-20",
    },
    "rows": [
        {
            "bank_code": "0125",
            "branch_code": "404",
            "account_type": "1",
            "account_number": "9876501",
            "payee_name": "カ）ミナトショウテン",
            "amount": 152300,
        }
    ],
}


def run(*arguments: object) -> None:
    Command().run_from_argv(["manage.py", "zengin", *map(str, arguments)])


def changed(path: str, value: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(DOCUMENT))
    *parents, last = path.split("/")
    target: Any = document
    for parent in parents:
        target = target[int(parent)] if isinstance(target, list) else target[parent]
    target[last] = value
    return document


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return path


def refusal_of(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    with pytest.raises(SystemExit) as exit_:
        run(*arguments)

    assert exit_.value.code == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


@pytest.mark.vectors
@pytest.mark.req("SE-03")
@pytest.mark.parametrize("vector", TRANSFERS)
def test_the_command_writes_and_reads_the_vectors(
    vector: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    path, document = vector
    golden = path.parent / document["expected"]["file"]
    written, told, again = (tmp_path / name for name in ("out.txt", "out.json", "again.txt"))

    run("encode", path, written)
    run("decode", golden, told)
    run("encode", told, again)

    assert written.read_bytes() == golden.read_bytes()
    expected = json.loads(told.read_text(encoding="utf-8"))["expected"]
    assert {key: expected.get(key) for key in document["expected"]} == document["expected"]
    assert again.read_bytes() == golden.read_bytes()


def test_decoding_without_a_target_prints(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "out.txt"
    run("encode", source, written)

    run("decode", written, "--near", "2025-06-01")

    told = json.loads(capsys.readouterr().out)
    assert told["header"]["transfer_date"] == "2025-06-20"
    assert told["rows"][0]["payee_name"] == "ｶ)ﾐﾅﾄｼﾖｳﾃﾝ"


def test_a_json_with_a_byte_order_mark_is_read(source: Path, tmp_path: Path) -> None:
    source.write_text(json.dumps(DOCUMENT), encoding="utf-8-sig")

    run("encode", source, tmp_path / "out.txt")

    assert (tmp_path / "out.txt").stat().st_size == 4 * 122


def test_a_yucho_payee_is_converted(source: Path, tmp_path: Path) -> None:
    payee = {
        "yucho": {"symbol": "14030", "number": "12345671"},
        "payee_name": "タナカ",
        "amount": 1,
    }
    source.write_text(json.dumps(changed("rows", [payee])), encoding="utf-8")

    run("encode", source, tmp_path / "out.txt")

    record = (tmp_path / "out.txt").read_bytes().decode("cp932").split("\r\n")[1]
    account = transfer_account("14030", "12345671")
    assert record.startswith(f"29900ﾕｳﾁﾖ           {account.branch_code}ﾖﾝｾﾞﾛﾊﾁ ")


def test_a_row_of_zero_needs_no_account(source: Path, tmp_path: Path) -> None:
    rows = [{"payee_name": "未登録", "amount": 0}, *DOCUMENT["rows"]]
    source.write_text(json.dumps(changed("rows", rows)), encoding="utf-8")

    run("encode", source, tmp_path / "out.txt")

    assert (tmp_path / "out.txt").stat().st_size == 4 * 122


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (changed("rows/0/payee_name", "港商店"), "1行目の受取人名：1文字目の「港」"),
        (changed("rows/0/amount", "152300"), "1行目の振込金額：円の整数"),
        (changed("rows/0/amount", 1.5), "1行目の振込金額：円の整数"),
        (changed("rows/0/amount", True), "1行目の振込金額：円の整数"),
        (changed("rows/0/amount", None), "1行目の振込金額：円の整数"),
        (
            changed("rows/0/acount_number", "1"),
            "1行目の振込：「acount_number」という項目はありません",
        ),
        (changed("rows/0/payee_name", ["x"]), "1行目の受取人名：文字で"),
        (changed("rows/0/yucho", {"symbol": "14030"}), "1行目のゆうちょ：銀行・支店・口座と同時"),
        (changed("rows", [None]), "1行目の振込：項目の組"),
        (changed("rows", {}), "rows：振込の一覧"),
        (changed("rows", []), "1件もありません"),
        (changed("header/transfer_date", "20250620"), "振込指定日：2025-06-20のように"),
        (changed("header/transfer_date", "2025-W25-5"), "振込指定日：2025-06-20のように"),
        (changed("header/transfer_date", "2025-06-31"), "振込指定日：2025-06-20のように"),
        (changed("header/transfer_date", "99-99"), "振込指定日：2025-06-20のように"),
        (changed("header/transfer_date", None), "振込指定日：2025-06-20のように"),
        (
            changed("header/transfer_date", "2025-06-21"),
            "振込指定日：2025-06-21（土）は銀行の休業日",
        ),
        (changed("header", None), "header：項目の組"),
        (changed("options", []), "options：項目の組"),
        (changed("options/line_separator", "CR"), "options.line_separator：CRLF、LF、NONEのどれか"),
        (changed("options/line_separator", []), "options.line_separator：CRLF、LF、NONEのどれか"),
        (changed("options/on_overflow", "cut"), "options.on_overflow：error、truncateのどれか"),
        (changed("options/eof", "yes"), "options.eof：trueかfalse"),
        (changed("options/speed", 1), "「speed」という項目はありません"),
        (changed("sheet", 1), "「sheet」という項目はありません"),
        ([], "ファイル：項目の組"),
    ],
)
def test_a_wrong_document_is_one_clear_line_and_writes_nothing(
    document: Any,
    words: str,
    source: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source.write_text(json.dumps(document), encoding="utf-8")
    target = tmp_path / "out.txt"

    assert words in refusal_of(capsys, "encode", source, target)
    assert not target.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "JSONとして読めません"),
        (b"{", "JSONとして読めません"),
        (b"[" * 200_000, "JSONとして読めません"),
        (b'{"rows": 1' + b"0" * 5000 + b"}", "JSONとして読めません"),
        ("港".encode("cp932"), "UTF-8のJSONではありません"),
        (bytes(range(256)), "UTF-8のJSONではありません"),
    ],
)
def test_what_is_no_json_is_refused(
    content: bytes,
    words: str,
    source: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source.write_bytes(content)

    assert words in refusal_of(capsys, "encode", source, tmp_path / "out.txt")


@pytest.mark.parametrize("content", [b"", b"\x00\x01", "全銀".encode(), b"12345\r\n"])
def test_what_is_no_transfer_file_is_refused(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.txt").write_bytes(content)

    assert "ファイル：" in refusal_of(capsys, "decode", tmp_path / "in.txt", tmp_path / "o.json")
    assert not (tmp_path / "o.json").exists()


def test_a_missing_file_and_a_folder_are_refused(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (
        ("decode", tmp_path / "none.txt"),
        ("decode", tmp_path),
        ("encode", source, tmp_path / "no" / "out.txt"),
    ):
        assert "読み書きできません" in refusal_of(capsys, *arguments)


def test_a_file_of_200_megabytes_is_refused_unread(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    big = tmp_path / "big.txt"
    with big.open("wb") as file:
        file.truncate(200_000_000)

    assert "大きすぎます" in refusal_of(capsys, "decode", big)
