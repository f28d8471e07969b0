#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Key schedules, hashes and packets of IKEv1, computed from the RFCs alone.

Shares no code with the C side: hashlib and hmac, Python's integers for
Diffie-Hellman, AES from FIPS 197.  The primes are computed from pi as RFC 2409
and RFC 3526 define them.  Writes ikev1.h and dh.h beside itself; with --check
compares them instead.
"""
import hashlib
import hmac
import os
import re
import struct
import sys

# ----------------------------------------------------------------- numbers --


def pi_bits(n):
    """floor(2^n pi), by Machin's formula with guard bits"""
    guard = n + 64

    def arctan_inv(x):
        total = term = (1 << guard) // x
        k, sign = 3, -1
        while term:
            term //= x * x
            total += sign * (term // k)
            sign, k = -sign, k + 2
        return total
    return (4 * (4 * arctan_inv(5) - arctan_inv(239))) >> 64


def modp(bits, c):
    """2^n - 2^(n-64) - 1 + 2^64 ([2^(n-130) pi] + c)"""
    return 2**bits - 2**(bits - 64) - 1 + 2**64 * (pi_bits(bits - 130) + c)


GROUPS = {  # RFC 2409 6, RFC 3526
    1: (768, 149686), 2: (1024, 129093), 5: (1536, 741804),
    14: (2048, 124476), 15: (3072, 1690314), 16: (4096, 240904),
    17: (6144, 929484), 18: (8192, 4743158),
}

CURVES = {  # p, b, order, gx, gy; a = -3 (RFC 5903, FIPS 186)
    19: (2**256 - 2**224 + 2**192 + 2**96 - 1,
         0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
         0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
         0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
         0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5),
    20: (2**384 - 2**128 - 2**96 + 2**32 - 1,
         int("B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875A"
             "C656398D8A2ED19D2A85C8EDD3EC2AEF", 16),
         int("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF"
             "581A0DB248B0A77AECEC196ACCC52973", 16),
         int("AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A38"
             "5502F25DBF55296C3A545E3872760AB7", 16),
         int("3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C0"
             "0A60B1CE1D7E819D7A431D7C90EA0E5F", 16)),
    21: (2**521 - 1,
         int("0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF1"
             "09E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B50"
             "3F00", 16),
         int("01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
             "FFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91"
             "386409", 16),
         int("00C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D"
             "3DBAA14B5E77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5"
             "BD66", 16),
         int("011839296A789A3BC0045C8A5FB42C7D1BD998F54449579B446817AFBD17273E"
             "662C97EE72995EF42640C550B9013FAD0761353C7086A272C24088BE94769FD1"
             "6650", 16)),
}


def ec_add(p, P, Q):
    if P is None or Q is None:
        return P or Q
    (x1, y1), (x2, y2) = P, Q
    if x1 == x2 and (y1 + y2) % p == 0:
        return None
    if P == Q:
        lam = (3 * x1 * x1 - 3) * pow(2 * y1, -1, p) % p
    else:
        lam = (y2 - y1) * pow(x2 - x1, -1, p) % p
    x3 = (lam * lam - x1 - x2) % p
    return x3, (lam * (x1 - x3) - y1) % p


def ec_mul(p, k, P):
    R = None
    while k:
        if k & 1:
            R = ec_add(p, R, P)
        P = ec_add(p, P, P)
        k >>= 1
    return R


def big(n, length):
    return n.to_bytes(length, "big")


def det(name, length):
    """bytes that look random and are the same in every run"""
    out, i = b"", 0
    while len(out) < length:
        out += hashlib.sha256(f"{name} {i}".encode()).digest()
        i += 1
    return out[:length]

# --------------------------------------------------------------------- AES --


def aes_tables():
    sbox = [0] * 256
    p = q = 1
    while True:
        p ^= (p << 1) ^ (0x11B if p & 0x80 else 0)
        p &= 0xFF
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        x = q
        for s in range(1, 5):
            x ^= ((q << s) | (q >> (8 - s))) & 0xFF
        sbox[p] = x ^ 0x63
        if p == 1:
            break
    sbox[0] = 0x63
    return sbox


SBOX = aes_tables()


def xtime(a):
    return ((a << 1) ^ (0x1B if a & 0x80 else 0)) & 0xFF


def aes_expand(key):
    nk = len(key) // 4
    w = [list(key[4 * i:4 * i + 4]) for i in range(nk)]
    rcon = 1
    for i in range(nk, 4 * (nk + 7)):
        t = list(w[i - 1])
        if i % nk == 0:
            t = [SBOX[b] for b in t[1:] + t[:1]]
            t[0] ^= rcon
            rcon = xtime(rcon)
        elif nk > 6 and i % nk == 4:
            t = [SBOX[b] for b in t]
        w.append([a ^ b for a, b in zip(w[i - nk], t)])
    return w


def aes_block(w, block):
    rounds = len(w) // 4 - 1
    s = [b ^ w[i // 4][i % 4] for i, b in enumerate(block)]
    for r in range(1, rounds + 1):
        s = [SBOX[b] for b in s]
        s = [s[(i + 4 * (i % 4)) % 16] for i in range(16)]
        if r != rounds:
            t = []
            for c in range(4):
                a = s[4 * c:4 * c + 4]
                x = a[0] ^ a[1] ^ a[2] ^ a[3]
                t += [a[i] ^ x ^ xtime(a[i] ^ a[(i + 1) % 4])
                      for i in range(4)]
            s = t
        s = [b ^ w[4 * r + i // 4][i % 4] for i, b in enumerate(s)]
    return bytes(s)


def aes_cbc(key, iv, data):
    w, out = aes_expand(key), b""
    for i in range(0, len(data), 16):
        iv = aes_block(w, bytes(a ^ b for a, b in zip(data[i:i + 16], iv)))
        out += iv
    return out


assert aes_block(aes_expand(bytes(range(16))), bytes.fromhex(
    "00112233445566778899aabbccddeeff")).hex() == \
    "69c4e0d86a7b0430d8cdb78070b4c55a"  # FIPS 197 C.1
assert aes_block(aes_expand(bytes(range(32))), bytes.fromhex(
    "00112233445566778899aabbccddeeff")).hex() == \
    "8ea2b7ca516745bfeafc49904b496089"  # FIPS 197 C.3

# ------------------------------------------------------------ key schedule --

MD = {"MD5": hashlib.md5, "SHA1": hashlib.sha1, "SHA256": hashlib.sha256,
      "SHA384": hashlib.sha384, "SHA512": hashlib.sha512}
KEY_BYTES = {"3DES": lambda bits: 24, "AES": lambda bits: bits // 8}
BLOCK = {"3DES": 8, "AES": 16}


class Keys:
    """RFC 2409 5 and appendix B"""

    def __init__(self, md, enc, bits, cky_i, cky_r, ni, nr, gxy, psk=None):
        self.md, self.enc = MD[md], enc
        self.cky_i, self.cky_r = cky_i, cky_r
        if psk is not None:
            self.skeyid = self.prf(psk, ni + nr)
        else:
            self.skeyid = self.prf(ni + nr, gxy)
        ck = cky_i + cky_r
        self.d = self.prf(self.skeyid, gxy + ck + b"\0")
        self.a = self.prf(self.skeyid, self.d + gxy + ck + b"\1")
        self.e = self.prf(self.skeyid, self.a + gxy + ck + b"\2")
        n = KEY_BYTES[enc](bits)
        self.key = self.e[:n]
        if n > len(self.e):
            k = b"\0"
            self.key = b""
            while len(self.key) < n:
                k = self.prf(self.e, k)
                self.key += k
            self.key = self.key[:n]

    def prf(self, key, data):
        return hmac.new(key, data, self.md).digest()

    def hash_i(self, gxi, gxr, sai_b, id_b):
        return self.prf(self.skeyid, gxi + gxr + self.cky_i + self.cky_r +
                        sai_b + id_b)

    def hash_r(self, gxi, gxr, sai_b, id_b):
        return self.prf(self.skeyid, gxr + gxi + self.cky_r + self.cky_i +
                        sai_b + id_b)

    def iv1(self, gxi, gxr):
        return self.md(gxi + gxr).digest()[:BLOCK[self.enc]]

    def iv2(self, last, msgid):
        return self.md(last + struct.pack(">I", msgid)).digest()[
            :BLOCK[self.enc]]

    def keymat(self, proto, spi, ni, nr, length, gxy=b""):
        seed = gxy + bytes([proto]) + spi + ni + nr
        out, k = b"", b""
        while len(out) < length:
            k = self.prf(self.d, k + seed)
            out += k
        return out[:length]


def keys_vector(name, md, enc, bits, sig):
    cky_i, cky_r = det(name + " cky_i", 8), det(name + " cky_r", 8)
    ni, nr = det(name + " ni", 16), det(name + " nr", 20)
    gxy, qgxy = det(name + " gxy", 256), det(name + " qm gxy", 32)
    gxi, gxr = det(name + " gxi", 256), det(name + " gxr", 256)
    psk = None if sig else det(name + " psk", 23)
    sai_b, id_i, id_r = (det(name + " sai", 52), det(name + " idi", 8),
                         det(name + " idr", 20))
    rest, last = det(name + " rest", 77), det(name + " last", BLOCK[enc])
    spi, msgid = det(name + " spi", 4), 0x89ABCDEF
    k = Keys(md, enc, bits, cky_i, cky_r, ni, nr, gxy, psk)
    mid = struct.pack(">I", msgid)
    return [
        ("name", name), ("md", f"IKE_MD_{md}"), ("enc", f"IKE_ENC_{enc}"),
        ("keylen", 0 if enc == "3DES" else bits),
        ("cky_i", cky_i), ("cky_r", cky_r), ("ni", ni), ("nr", nr),
        ("psk", psk), ("gxy", gxy), ("gxi", gxi), ("gxr", gxr),
        ("sai_b", sai_b), ("id_i", id_i), ("id_r", id_r),
        ("skeyid", k.skeyid), ("skeyid_d", k.d), ("skeyid_a", k.a),
        ("skeyid_e", k.e), ("key", k.key),
        ("hash_i", k.hash_i(gxi, gxr, sai_b, id_i)),
        ("hash_r", k.hash_r(gxi, gxr, sai_b, id_r)),
        ("iv1", k.iv1(gxi, gxr)), ("last", last), ("msgid", msgid),
        ("iv2", k.iv2(last, msgid)), ("rest", rest),
        ("hash1", k.prf(k.a, mid + rest)),
        ("hash2", k.prf(k.a, mid + ni + rest)),
        ("hash3", k.prf(k.a, b"\0" + mid + ni + nr)),
        ("spi", spi), ("keymat", k.keymat(3, spi, ni, nr, 100)),
        ("qgxy", qgxy), ("keymat_pfs", k.keymat(2, spi, ni, nr, 36, qgxy)),
        ("natd4", k.md(cky_i + cky_r + bytes([192, 0, 2, 7]) +
                       struct.pack(">H", 4500)).digest()),
    ]

# ----------------------------------------------------------------- packets --


def pld(nxt, body):
    return struct.pack(">BBH", nxt, 0, len(body) + 4) + body


def chain(*plds):
    """(type, body) pairs as chained payloads; the first type, the bytes"""
    out = b""
    for i, (_, body) in enumerate(plds):
        out += pld(plds[i + 1][0] if i + 1 < len(plds) else 0, body)
    return plds[0][0], out


def message(cky_i, cky_r, xchg, flags, msgid, first, body):
    return cky_i + cky_r + struct.pack(">BBBBII", first, 0x10, xchg, flags,
                                       msgid, 28 + len(body)) + body


def padded(body, block):
    """padding {} of racoon.conf without random: zeros, then their number"""
    n = block - len(body) % block
    return body + bytes(n - 1) + bytes([n - 1])


def attr(t, v):
    if v < 65536:
        return struct.pack(">HH", 0x8000 | t, v)
    return struct.pack(">HHI", t, 4, v)


def transform(nxt, num, tid, attrs):
    return struct.pack(">BBHBBH", nxt, 0, 8 + len(attrs), num, tid, 0) + attrs


def proposal(nxt, num, proto, spi, transforms):
    body = b"".join(transforms)
    return struct.pack(">BBHBBBB", nxt, 0, 8 + len(spi) + len(body), num,
                       proto, len(spi), len(transforms)) + spi + body


def sa(*proposals):
    return struct.pack(">II", 1, 1) + b"".join(proposals)


class Cbc:
    """One exchange's chain of IVs"""

    def __init__(self, key, iv):
        self.key, self.iv = key, iv

    def seal(self, body):
        out = aes_cbc(self.key, self.iv, padded(body, 16))
        self.iv = out[-16:]
        return out


def exchange():
    """Main mode with a pre-shared key, modp2048, AES-128, SHA-256; then a
    quick mode with ESP.  Everything both sides send."""
    p = modp(*GROUPS[14])
    ci, cr = det("x cky_i", 8), det("x cky_r", 8)
    xi, xr = det("x xi", 32), det("x xr", 32)
    gxi = big(pow(2, int.from_bytes(xi, "big"), p), 256)
    gxr = big(pow(2, int.from_bytes(xr, "big"), p), 256)
    gxy = big(pow(int.from_bytes(gxr, "big"), int.from_bytes(xi, "big"), p),
              256)
    ni, nr = det("x ni", 16), det("x nr", 16)
    psk = b"an unguessable secret"
    ph1 = b"".join([attr(11, 1), attr(12, 86400), attr(1, 7), attr(14, 128),
                    attr(3, 1), attr(2, 4), attr(4, 14)])
    ph1b = b"".join([attr(11, 1), attr(12, 86400), attr(1, 5), attr(3, 1),
                     attr(2, 2), attr(4, 2)])
    sai_b = sa(proposal(0, 1, 1, b"", [transform(3, 1, 1, ph1),
                                       transform(0, 2, 1, ph1b)]))
    sar_b = sa(proposal(0, 1, 1, b"", [transform(0, 1, 1, ph1)]))
    id_i = struct.pack(">BBH", 1, 17, 500) + bytes([192, 0, 2, 1])
    id_r = struct.pack(">BBH", 1, 17, 500) + bytes([192, 0, 2, 2])
    vid = bytes.fromhex("afcad71368a1f1c96b8696fc77570100")
    zero = bytes(8)
    k = Keys("SHA256", "AES", 128, ci, cr, ni, nr, gxy, psk)
    out = {"xi": xi, "xr": xr, "gxi": gxi, "gxr": gxr, "gxy": gxy, "ni": ni,
           "nr": nr, "psk": psk, "cky_i": ci, "cky_r": cr}
    out["mm1"] = message(ci, zero, 2, 0, 0, *chain((1, sai_b), (13, vid)))
    out["mm2"] = message(ci, cr, 2, 0, 0, *chain((1, sar_b), (13, vid)))
    out["mm3"] = message(ci, cr, 2, 0, 0, *chain((4, gxi), (10, ni)))
    out["mm4"] = message(ci, cr, 2, 0, 0, *chain((4, gxr), (10, nr)))
    cbc = Cbc(k.key, k.iv1(gxi, gxr))
    first, body = chain((5, id_i), (8, k.hash_i(gxi, gxr, sai_b, id_i)))
    out["mm5"] = message(ci, cr, 2, 1, 0, first, cbc.seal(body))
    first, body = chain((5, id_r), (8, k.hash_r(gxi, gxr, sai_b, id_r)))
    out["mm6"] = message(ci, cr, 2, 1, 0, first, cbc.seal(body))
    quick(out, k, cbc.iv)
    return out


def quick(out, k, last):
    msgid, mid = 0x11223344, bytes.fromhex("11223344")
    ni, nr = det("q ni", 16), det("q nr", 16)
    spi_i, spi_r = bytes.fromhex("c0ffee01"), bytes.fromhex("c0ffee02")
    esp = b"".join([attr(1, 1), attr(2, 28800), attr(4, 1), attr(6, 256),
                    attr(5, 5)])
    sa_i = sa(proposal(0, 1, 3, spi_i, [transform(0, 1, 12, esp)]))
    sa_r = sa(proposal(0, 1, 3, spi_r, [transform(0, 1, 12, esp)]))
    id_ci = bytes.fromhex("04000000c0a80100ffffff00")
    id_cr = bytes.fromhex("04000000c0a80200ffffff00")
    cbc = Cbc(k.key, k.iv2(last, msgid))
    _, rest = chain((1, sa_i), (10, ni), (5, id_ci), (5, id_cr))
    h = k.prf(k.a, mid + rest)
    out["qm1"] = message(k.cky_i, k.cky_r, 32, 1, msgid, 8,
                         cbc.seal(pld(1, h) + rest))
    _, rest = chain((1, sa_r), (10, nr), (5, id_ci), (5, id_cr))
    h = k.prf(k.a, mid + ni + rest)
    out["qm2"] = message(k.cky_i, k.cky_r, 32, 1, msgid, 8,
                         cbc.seal(pld(1, h) + rest))
    h = k.prf(k.a, b"\0" + mid + ni + nr)
    out["qm3"] = message(k.cky_i, k.cky_r, 32, 1, msgid, 8,
                         cbc.seal(pld(0, h)))
    out["qm_ni"], out["qm_nr"] = ni, nr
    out["keymat_i"] = k.keymat(3, spi_i, ni, nr, 64)
    out["keymat_r"] = k.keymat(3, spi_r, ni, nr, 64)


def dh_vectors():
    """group, both seeds as ike_dh_keygen() takes them, publics, secret"""
    seed_len = {1: 24, 2: 24, 5: 32, 14: 32, 15: 32, 16: 40, 17: 48, 18: 56}
    for g, par in GROUPS.items():
        p, n = modp(*par), par[0] // 8
        a, b = det(f"dh {g} a", seed_len[g]), det(f"dh {g} b", seed_len[g])
        x, y = int.from_bytes(a, "big"), int.from_bytes(b, "big")
        yield (g, a, b, big(pow(2, x, p), n), big(pow(2, y, p), n),
               big(pow(2, x * y, p), n))
    for g, (p, _, order, gx, gy) in CURVES.items():
        n = (p.bit_length() + 7) // 8
        a, b = det(f"dh {g} a", n + 8), det(f"dh {g} b", n + 8)
        x = int.from_bytes(a, "big") % (order - 1) + 1
        y = int.from_bytes(b, "big") % (order - 1) + 1
        A, B = ec_mul(p, x, (gx, gy)), ec_mul(p, y, (gx, gy))
        S = ec_mul(p, x, B)
        yield (g, a, b, big(A[0], n) + big(A[1], n),
               big(B[0], n) + big(B[1], n), big(S[0], n))

# ------------------------------------------------------------------ output --


def c_value(v):
    if v is None:
        return "NULL"
    if isinstance(v, bytes):
        h = v.hex()
        lines = [h[i:i + 60] for i in range(0, len(h), 60)] or [""]
        if len(lines) == 1:
            return f'"{h}"'
        return "\n\t\t" + "\n\t\t".join(f'"{x}"' for x in lines)
    if isinstance(v, int):
        return str(v) if v < 65536 else hex(v)
    return v if v.startswith("IKE_") else f'"{v}"'


def head(guard):
    return ["/* SPDX-License-Identifier: BSD-2-Clause */",
            "/* Written by tests/vectors/ikev1.py: do not edit. */",
            f"#ifndef {guard}", f"#define {guard}", ""]


def keys_header():
    o = head("XT_VECTORS_IKEV1_H")
    vecs = [keys_vector(*v) for v in (
        ("psk sha1 3des", "SHA1", "3DES", 192, False),
        ("psk md5 aes256", "MD5", "AES", 256, False),
        ("psk sha256 aes128", "SHA256", "AES", 128, False),
        ("sig sha1 aes256", "SHA1", "AES", 256, True),
        ("sig sha384 aes192", "SHA384", "AES", 192, True),
        ("sig sha512 aes256", "SHA512", "AES", 256, True))]
    o.append("/* Bytes are in hexadecimal; psk is NULL with signatures. */")
    o.append("static const struct v1_vector {")
    for k, v in vecs[2]:
        kind = {"md": "enum ike_md ", "enc": "enum ike_enc ",
                "keylen": "unsigned int ", "msgid": "unsigned int "}
        o.append(f"\t{kind.get(k, 'const char *')}{k};")
    o.append("} v1_vectors[] = {")
    for vec in vecs:
        o.append("\t{")
        for k, v in vec:
            o.append(f"\t\t.{k} = {c_value(v)},")
        o.append("\t},")
    o.append("};\n")
    o.append("/* A main mode and a quick mode, all that is sent */")
    x = exchange()
    o.append("static const struct v1_exchange {")
    for k in x:
        o.append(f"\tconst char *{k};")
    o.append("} v1_exchange = {")
    for k, v in x.items():
        o.append(f"\t.{k} = {c_value(v)},")
    o.append("};\n\n#endif")
    return "\n".join(o) + "\n"


def dh_header():
    o = head("XT_VECTORS_DH_H")
    o.append("/* ike_dh_keygen()'s seeds, the public values, the secret */")
    o.append("static const struct dh_vector {")
    o.append("\tunsigned int group;")
    o.append("\tconst char *seed_a, *seed_b, *pub_a, *pub_b, *secret;")
    o.append("} dh_vectors[] = {")
    for vec in dh_vectors():
        o.append("\t{\n\t\t" + ",\n\t\t".join(c_value(v) for v in vec) +
                 ",\n\t},")
    o.append("};\n\n#endif")
    return "\n".join(o) + "\n"


def main():
    check = sys.argv[1:] == ["--check"]
    here = os.path.dirname(os.path.abspath(__file__))
    wrong = 0
    for name, text in (("ikev1.h", keys_header()), ("dh.h", dh_header())):
        text = re.sub(r"[ \t]+\n", "\n", text)
        text = re.sub(r"(\{|,)\n\n\t", r"\1\n\t", text)
        path = os.path.join(here, name)
        if not check:
            with open(path, "w", encoding="ascii") as f:
                f.write(text)
            continue
        with open(path, encoding="ascii") as f:
            if f.read() != text:
                print(f"{path} is not what ikev1.py computes",
                      file=sys.stderr)
                wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
