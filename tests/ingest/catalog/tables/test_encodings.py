import pytest

from likewise.ingest.errors import CatalogError

GERMAN = "id;Größe\n1;schön\n2;weiß 5 €\n"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "cp1252"),
    ],
)
def test_an_encoding_is_recognised(opened, cells, encoding, name):
    table = opened(GERMAN.encode(encoding))
    assert (table.columns, cells(table)) == (["id", "Größe"], [["1", "schön"], ["2", "weiß 5 €"]])
    assert table.recognised == f"CSV, ';' between columns, {name}, 2 columns"


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1252", ["robe d'été", "côtelée", "légère", "garçon", "brodé"]),
        ("cp1250", ["spódnica długa", "koszula męska", "żółte buty", "płaszcz", "rękawiczki", "sukienka ciążowa"]),
        ("cp1251", ["платье летнее", "рубашка мужская", "туфли кожаные", "куртка зимняя", "юбка длинная"]),
        ("cp1253", ["φόρεμα καλοκαιρινό", "πουκάμισο ανδρικό", "παπούτσια δερμάτινα", "παλτό χειμερινό"]),
        # ruff: noqa: RUF001 - Turkish has an i without a dot
        ("cp1254", ["yazlık elbise", "erkek gömleği", "kışlık mont", "deri ayakkabı", "ığdır şapka"]),
    ],
)
def test_letters_of_other_languages(opened, cells, encoding, words):
    text = "id,name\n" + "".join(f"{at},{word}\n" for at, word in enumerate(words))
    assert [name for _, name in cells(opened(text.encode(encoding)))] == words


def test_letters_that_begin_late_are_found(opened, cells):
    rows = [[str(at), "plain"] for at in range(300_000)] + [["x", "Hülle"]] * 5
    text = "id,name\n" + "".join(",".join(row) + "\n" for row in rows)
    assert cells(opened(text.encode("latin-1"))) == rows


def test_mostly_utf8_stays_utf8(opened, rejects):
    good = "".join(f"{at},schön\n" for at in range(20)).encode()
    table = opened(b"id,name\n" + good + b"20,sch\xf6n\n" * 10 + b"30,Hut\n")
    assert [(line, reason) for line, reason, _ in rejects(table)] == [(at, "bad-encoding") for at in range(22, 32)]


def test_a_few_broken_rows_are_no_proof_of_another_encoding(opened, rejects):
    table = opened(b"id,name\n1,caf\xe9\n2,Top\n3,caf\xe9\n")
    assert [line for line, _, _ in rejects(table)] == [2, 4]
    assert "UTF-8" in table.recognised


def test_noise_is_no_encoding(opened, rejects):
    table = opened(b"id,name\r\n" + b"\x90\x8d\x01\xff,\xfe\x02\r\n" * 9)
    assert len(rejects(table)) == 9


def test_bytes_that_an_encoding_lacks_cost_their_rows_only(opened, rejects):
    table = opened("id;Größe\n1;schön\n".encode("cp1252") + b"2;\x81\n3;Hut\n", encoding="cp1252")
    assert rejects(table) == [(3, "bad-encoding", "character 3 is not cp1252")]
    # Half of a pair of surrogates, and a last character of one byte.
    table = opened("\ufeffid;a\n1;".encode("utf-16-le") + b"\0\xd8" + "\n2;x\n3".encode("utf-16-le") + b";")
    assert [row.reason for row in table.rows()] == ["bad-encoding", "", "bad-encoding"]


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "undefined", "", "a\0b", "\ud800"])
def test_an_encoding_that_is_none(opened, name):
    if not name:
        assert opened("id,a\n", encoding=name).columns == ["id", "a"]
        return
    with pytest.raises(CatalogError, match="is no known encoding"):
        opened("id,a\n", encoding=name)


def test_an_encoding_that_is_given_is_not_guessed(opened, cells):
    assert cells(opened("id,name\n1,連衣裙\n".encode("gb18030"), encoding="gb18030")) == [["1", "連衣裙"]]
    assert cells(opened("id,name\n1,é\n".encode("utf-16"), encoding="utf-16")) == [["1", "é"]]
