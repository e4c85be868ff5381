import pytest

from pointsys.common import sealing


def test_a_sealed_value_opens_for_its_own_row_only():
    sealed = sealing.seal(b"0048509", context="stores.bank_account:1")

    assert b"0048509" not in sealed
    assert sealing.unseal(sealed, context="stores.bank_account:1") == b"0048509"
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealed, context="stores.bank_account:2")


@pytest.mark.parametrize("length", [0, 1, 5, 6, 12, 17, 20])
def test_a_sealed_value_that_is_cut_off_says_so(length):
    sealed = sealing.seal(b"0048509", context="x")

    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealed[:length], context="x")


def test_one_changed_bit_breaks_the_seal():
    sealed = bytearray(sealing.seal(b"0048509", context="x"))
    sealed[-1] ^= 1

    with pytest.raises(sealing.SealBroken):
        sealing.unseal(bytes(sealed), context="x")
