"""A ciphertext that AES-GCM opens under two keys: why an envelope commits to its key.

The tag is linear in each ciphertext block, so one block can be solved for such that
both keys give the same tag (Dodis, Grubbs, Ristenpart, Woodage: Fast Message
Franking, CRYPTO 2018, section 3; GHASH as in NIST SP 800-38D, 6.4).
"""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_ONE = 1 << 127
_REDUCTION = 0xE1 << 120


def _multiply(x: int, y: int) -> int:
    product = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            product ^= y
        y = y >> 1 ^ (_REDUCTION if y & 1 else 0)
    return product


def _power(x: int, exponent: int) -> int:
    result = _ONE
    while exponent:
        if exponent & 1:
            result = _multiply(result, x)
        x = _multiply(x, x)
        exponent >>= 1
    return result


def _block(key: bytes, data: bytes) -> int:
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - the bare block cipher is GCM's building block
    return int.from_bytes(encryptor.update(data), "big")


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def _ghash(h: int, aad: bytes, ciphertext: bytes) -> int:
    lengths = (len(aad) * 8).to_bytes(8, "big") + (len(ciphertext) * 8).to_bytes(8)
    text = _padded(aad) + _padded(ciphertext) + lengths
    total = 0
    for at in range(0, len(text), 16):
        total = _multiply(total ^ int.from_bytes(text[at : at + 16], "big"), h)
    return total


def for_two_keys(
    keys: tuple[bytes, bytes], nonce: bytes, aad: bytes, ciphertext: bytes, block: int
) -> bytes:
    """Change one block of a ciphertext and tag it so that it opens under both keys."""
    before, after = ciphertext[: block * 16], ciphertext[block * 16 + 16 :]
    hashes = [_block(key, bytes(16)) for key in keys]
    masks = [_block(key, nonce + b"\x00\x00\x00\x01") for key in keys]
    blank = before + bytes(16) + after
    tags = [m ^ _ghash(h, aad, blank) for m, h in zip(masks, hashes, strict=True)]
    # The block's power of H: itself and all blocks after it, the lengths included.
    power = len(_padded(ciphertext)) // 16 - block + 1
    weight = _power(hashes[0], power) ^ _power(hashes[1], power)
    solved = _multiply(tags[0] ^ tags[1], _power(weight, 2**128 - 2))
    forged = before + solved.to_bytes(16, "big") + after
    tag = masks[0] ^ _ghash(hashes[0], aad, forged)
    return forged + tag.to_bytes(16, "big")
