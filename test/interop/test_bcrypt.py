"""Jerry's own bcrypt: published vectors, and 10,000 random passwords beside pgcrypto, Python's bcrypt and libxcrypt.

Those of SQL's functions are in test_password_hashes.py; here is the algorithm alone, one to four hashes at a time.
"""

import concurrent.futures
import ctypes
import os
import pathlib
import random
import subprocess
import uuid

import bcrypt
import psycopg2
import psycopg2.extensions
import pytest

from database import connect

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HASH = ROOT / "src/ext/hash"
LANES = 4
RANDOM = 10_000
SANITIZE = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

# crypt_blowfish's, John the Ripper's and jBCrypt's. Left out: $2x$, which is an old bug, and $2a$ of a password with
# 0xFF in front of a byte from 0x80 on, which crypt_blowfish makes another one, on purpose.
VECTORS = [
    (b"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    (b"U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
    (b"U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    (b"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
    (b"test", "$2y$04$TnjywYklQbbZjdjBgBoA4e9G7RJt9blgMgsCvUvus4Iv4TENB5nHy"),
    (b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
        "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"),
    (b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"),
    (b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789X",
        "$2b$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"),
    (b"\xff\xff\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"),
    (b"\xff\xff\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"),
    (b"\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
    (b"\xa3", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
    (b"\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
    (b"\xff\xa334\xff\xff\xff\xa3345", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.o./n25XVfn6oAPaUvHe.Csk4zRfsYPi"),
    (b"\xff\xa3345", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.nRht2l/HRhr6zmCp9vYUvvsqynflf9e"),
    (b"\xff\xa3345", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.nRht2l/HRhr6zmCp9vYUvvsqynflf9e"),
    (b"\xa3ab", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.6IflQkJytoRVc1yuaNtHfiuq.FRlSIS"),
    (b"\xa3ab", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.6IflQkJytoRVc1yuaNtHfiuq.FRlSIS"),
    (b"\xaa" * 72 + b"chars after 72 are ignored as usual",
        "$2a$05$/OK.fbVrR/bpIqNJ5ianF.swQOIzjOiJ9GHEPuhEkvqrUyvWhEMx6"),
    (b"\xaa\x55" * 36, "$2a$05$/OK.fbVrR/bpIqNJ5ianF.R9xrDjiycxMbQE2bp.vgqlYpW5wx2yy"),
    (b"\x55\xaa\xff" * 24, "$2a$05$/OK.fbVrR/bpIqNJ5ianF.9tQZzcJfm3uj2NvJ/n5xkhpqLrMpWCe"),
    (b"", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."),
    (b"a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"),
    (b"abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"),
    (b"abcdefghijklmnopqrstuvwxyz", "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC"),
    (b"~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO"),
]
# by the same makers, but slow
SLOW_VECTORS = [
    (b"", "$2a$08$HqWuK6/Ng6sg9gQzbLrgb.Tl.ZHfXLhvt/SgVyWhQqgqcZ7ZuUtye"),
    (b"", "$2a$10$k1wbIrmNyFAPwPVPSVa/zecw2BCEnBwVS2GbrmgzxFUOqW9dk4TCW"),
    (b"", "$2a$12$k42ZFHFWqBp3vWli.nIn8uYyIkbvYRvodzbfbK18SSsY.CsIQPlxO"),
    (b"a", "$2a$08$cfcvVd2aQ8CMvoMpP2EBfeodLEkkFJ9umNEfPD18.hUF62qqlC/V."),
    (b"a", "$2a$10$k87L/MF28Q673VKh8/cPi.SUl7MU/rWuSiIDDFayrKk/1tBsSQu4u"),
    (b"a", "$2a$12$8NJH3LsPrANStV6XtBakCez0cKHXVxmvxIlcz785vxAIZrihHZpeS"),
    (b"abc", "$2a$08$Ro0CUfOqk6cXEKf3dyaM7OhSCvnwM9s4wIX9JeLapehKK5YdLxKcm"),
    (b"abc", "$2a$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi"),
    (b"abc", "$2a$12$EXRkfkdmXn2gzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q"),
    (b"abcdefghijklmnopqrstuvwxyz", "$2a$08$aTsUwsyowQuzRrDqFflhgekJ8d9/7Z3GV3UcgvzQW3J5zMyrTvlz."),
    (b"abcdefghijklmnopqrstuvwxyz", "$2a$10$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq"),
    (b"abcdefghijklmnopqrstuvwxyz", "$2a$12$D4G5f18o7aMMfwasBL7GpuQWuP3pkrZrOAnqP.bmezbMng.QwJ/pG"),
    (b"~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "$2a$08$Eq2r4G/76Wv39MzSX262huzPz612MZiYHVUJe/OcOql2jo4.9UxTW"),
    (b"~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "$2a$10$LgfYWkbzEvQ4JakH7rOvHe0y8pHKF9OaFgwUZ2q7W2FFZmZzJYlfS"),
    (b"~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "$2a$12$WApznUOJfkEGSmYRfnkrPOr466oFDCaj4b6HY3EXGvfxm43seyhgC"),
]


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """Builds bcrypt_lines.c with options of the compiler: a function from lists of (password, setting), each list
    hashed together, to lists of hashes.
    """

    def make(*options):
        program = tmp_path_factory.mktemp("bcrypt") / "bcrypt_lines"
        subprocess.run(
            [os.environ.get("CC", "gcc"), "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", *options,
                f"-I{ROOT}/src/ext", "-o", program, HERE / "bcrypt_lines.c", HASH / "bcrypt.c"],
            check=True,
        )

        def run(batches):
            lines = [" ".join(f"{setting} {password.hex() or '-'}" for password, setting in batch) for batch in batches]
            done = subprocess.run(
                [program], input="\n".join(lines) + "\n", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                timeout=300
            )
            assert (done.returncode, done.stderr) == (0, "")
            return [line.split(" ") for line in done.stdout.splitlines()]

        return run

    return make


@pytest.fixture(scope="module")
def own(build):
    return build("-O2")


def test_the_table_is_pi():
    computed = subprocess.run([ROOT / "tools/generate-pi"], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert (HASH / "blowfish_pi.h").read_text() == computed


def check_vectors(hashed):
    """Each vector in each lane of each width; beside it the next ones, some of which have other costs."""
    batches, expected = [], []
    for number in range(len(VECTORS)):
        for width in range(1, LANES + 1):
            for lane in range(width):
                batch = [VECTORS[(number + 7 * (i - lane)) % len(VECTORS)] for i in range(width)]
                assert batch[lane] == VECTORS[number]
                batches.append([(password, stored[:29]) for password, stored in batch])
                expected.append([stored for _, stored in batch])
    assert hashed(batches) == expected


def test_published_vectors_are_right_in_every_lane(own):
    check_vectors(own)
    slow = [SLOW_VECTORS[i : i + LANES] for i in range(0, len(SLOW_VECTORS), LANES)]
    assert own([[(password, stored) for password, stored in batch] for batch in slow]) == [
        [stored for _, stored in batch] for batch in slow
    ]


def random_batches(count, seed):
    """Lists of one to four (password, setting): bytes of all values but zero, many of 0xFF and around 0x80, of lengths
    around those that matter; every last character that a salt can have.
    """
    chance = random.Random(seed)
    batches = []
    while count > 0:
        batch = []
        for _ in range(min(count, chance.randint(1, LANES))):
            length = chance.choice([0, 1, 3, 4, 8, 15, 71, 72, 73, chance.randrange(90)])
            values = chance.choice([range(1, 256), (0xFF, 0xFF, 0x7F, 0x80, 0x81, 0xA3, 0x31)])
            password = bytes(chance.choice(values) for _ in range(length))
            cost = chance.choice((4, 4, 4, 4, 4, 4, 4, 5))
            salt = "".join(chance.choice(ALPHABET) for _ in range(22))
            batch.append((password, f"${chance.choice(('2b', '2y'))}${cost:02}${salt}"))
        batches.append(batch)
        count -= len(batch)
    return batches


def of_libxcrypt(inputs):
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt_r.restype = ctypes.c_char_p
    state = ctypes.create_string_buffer(32768)
    return [library.crypt_r(password, setting.encode(), state).decode() for password, setting in inputs]


def of_python(inputs):
    """Of 72 bytes and a salt whose last four bits, which do not count, are 0, because later versions refuse others."""
    return [
        setting[:4] + bcrypt.hashpw(
            password[:72], f"$2b{setting[3:28]}{ALPHABET[ALPHABET.index(setting[28]) & 0x30]}".encode()
        ).decode()[4:] for password, setting in inputs
    ]


@pytest.fixture(scope="module")
def of_pgcrypto(dsn):
    """From a database whose texts may have every byte but zero."""
    owner = connect(dsn)
    name = f"jerry_interop_{uuid.uuid4().hex}"
    owner.cursor().execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING SQL_ASCII LOCALE 'C'")
    connection = connect(psycopg2.extensions.make_dsn(dsn, dbname=name))
    connection.cursor().execute("CREATE EXTENSION pgcrypto")

    def hashes(inputs):
        cursor = connection.cursor()
        cursor.execute(
            """SELECT crypt(convert_from(password, 'SQL_ASCII'), overlay(setting placing 'a' from 3))
            FROM unnest(%s::bytea[], %s::text[]) WITH ORDINALITY AS t (password, setting, n) ORDER BY n""",
            ([psycopg2.Binary(password) for password, _ in inputs], [setting for _, setting in inputs]),
        )
        return [setting[:4] + hashed[4:] for (hashed,), (_, setting) in zip(cursor.fetchall(), inputs)]

    yield hashes
    connection.close()
    owner.cursor().execute(f"DROP DATABASE {name}")
    owner.close()


def test_10000_random_passwords_have_the_hashes_of_pgcrypto_python_and_libxcrypt(own, of_pgcrypto):
    batches = random_batches(RANDOM, seed=12)
    inputs = [pair for batch in batches for pair in batch]
    assert len(inputs) == RANDOM
    hashes = [hashed for batch in own(batches) for hashed in batch]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        others = {of.__name__: pool.submit(of, inputs) for of in (of_pgcrypto, of_python, of_libxcrypt)}
        for name, other in others.items():
            wrong = [triple for triple in zip(inputs, hashes, other.result()) if triple[1] != triple[2]]
            assert wrong == [], name


def test_a_hash_is_the_same_with_any_neighbours(own):
    inputs = [pair for batch in random_batches(400, seed=3) for pair in batch]
    alone = [hashed for (hashed,) in own([[pair] for pair in inputs])]
    for width in range(2, LANES + 1):
        batches = [inputs[i : i + width] for i in range(0, len(inputs), width)]
        assert [hashed for batch in own(batches) for hashed in batch] == alone, width


def test_the_sanitizers_find_nothing(build):
    sanitized = build(*SANITIZE)
    check_vectors(sanitized)
    batches = random_batches(400, seed=5)
    assert [hashed for batch in sanitized(batches) for hashed in batch] == of_libxcrypt(
        [pair for batch in batches for pair in batch]
    )


def test_a_setting_that_is_none_starts_nothing(own):
    good = "$2a$05$CCCCCCCCCCCCCCCCCCCCC."
    bad = [good[:-1], "$2a$03" + good[6:], "$2a$32" + good[6:], "$2a$x5" + good[6:], "$2a$5x" + good[6:], good[:6],
        good[:7] + "!" + good[8:], good[:28] + "+", good[:28] + "\x80"]
    assert own([[(b"U*U", setting)] for setting in bad]) == [["none"]] * len(bad)
    assert own([[(b"U*U", bad[0]), VECTORS[0], (b"", bad[1])]]) == [["none", VECTORS[0][1], "none"]]
