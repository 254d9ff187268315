#!/usr/bin/env python3
"""Writes numbers.csv and times.csv: what CPython's float, repr, % and integer arithmetic say about random texts.

Run in this folder; the seed is fixed, so the files come out the same.
  numbers.csv  text, the IEEE 754 bits it stands for, its shortest text, its text with 6 significant digits
  times.csv    text, nanoseconds since 1970-01-01T00:00:00Z
"""
import datetime
import random
import struct

random.seed(20260131)


def positional(sign, digits, exponent):
    """digits d1d2d3... stand for d1.d2d3... * 10^exponent."""
    if exponent < 0:
        return sign + "0." + "0" * (-exponent - 1) + digits
    digits = digits.ljust(exponent + 1, "0")
    whole, fraction = digits[:exponent + 1], digits[exponent + 1:]
    return sign + whole + ("." + fraction if fraction else "")


def scientific(sign, digits, exponent):
    return "%s%s%se%s%02d" % (sign, digits[0], "." + digits[1:] if digits[1:] else "",
                              "-" if exponent < 0 else "+", abs(exponent))


def parts(text):
    """Sign, significant digits without trailing zeros, and decimal exponent of '%e' text."""
    mantissa, exponent = text.split("e")
    sign = "-" if mantissa.startswith("-") else ""
    return sign, mantissa.lstrip("-").replace(".", "").rstrip("0") or "0", int(exponent)


def shortest(value):
    for precision in range(17):  # the first that reads back, taken from repr, which picks the nearest of them
        if float("%.*e" % (precision, value)) == value:
            break
    digits = repr(value)
    mantissa, _, exponent = digits.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    joined = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(joined))
    joined = joined.rstrip("0")
    if not joined:
        return sign + "0"
    assert len(joined) == precision + 1, (value, joined, precision)
    form = positional if 1e-5 <= abs(value) < 1e15 else scientific
    return form(sign, joined, point - 1)


def six(value):
    if value == 0:
        return "0"
    if 1e6 <= abs(value) < 1e15 and value == int(value):
        return str(int(value))
    sign, digits, exponent = parts("%.5e" % value)
    form = positional if -5 <= exponent <= 5 else scientific
    return form(sign, digits, exponent)


def random_number():
    kind = random.randrange(7)
    if kind == 0:
        return repr(struct.unpack("<d", struct.pack("<Q", random.getrandbits(63) % 0x7FF0000000000000))[0])
    if kind == 1:
        return "%.*f" % (random.randrange(12), random.gauss(0, 1000))
    if kind == 2:
        return "%.*e" % (random.randrange(25), random.uniform(-10, 10) * 10.0 ** random.randrange(-300, 300))
    if kind == 3:  # a long text next to the middle between two floats
        value = random.uniform(1, 2) * 2.0 ** random.randrange(-40, 60)
        numerator, denominator = value.as_integer_ratio()
        ulp = 2.0 ** (int.bit_length(int(value)) - 53) if value >= 1 else 0
        if not ulp:
            return repr(value)
        half_n, half_d = (ulp / 2).as_integer_ratio()
        scaled = (numerator * half_d + half_n * denominator) * 10 ** 60 // (denominator * half_d)
        scaled += random.choice([-1, 0, 1])
        return "%d.%060d" % divmod(scaled, 10 ** 60)
    if kind == 4:
        return str(random.randrange(-10 ** 18, 10 ** 18))
    if kind == 5:
        return "%d.%03d" % (random.randrange(1000000), random.randrange(1000))
    return "%de%d" % (random.randrange(1000000), random.randrange(-340, 300))


EPOCH = datetime.date(1970, 1, 1).toordinal()


def random_calendar():
    """Text of a random instant, built from its parts, and its nanoseconds, counted from the same parts."""
    day = datetime.date(random.randrange(1678, 2262), 1, 1) + datetime.timedelta(days=random.randrange(366))
    hour, minute, second = random.randrange(24), random.randrange(60), random.randrange(60)
    text = "%04d-%02d-%02d%s%02d:%02d" % (day.year, day.month, day.day, random.choice("T T t".split(" ") + [" "]),
                                         hour, minute)
    nanos = ((day.toordinal() - EPOCH) * 86400 + hour * 3600 + minute * 60) * 10 ** 9
    if random.random() < 0.9:
        text += ":%02d" % second
        nanos += second * 10 ** 9
        width = random.choice([0, 0, 1, 2, 3, 3, 6, 7, 9, 12])
        if width:
            fraction = "".join(random.choice("0123456789") for _ in range(width))
            text += "." + fraction
            nanos += int(fraction[:9].ljust(9, "0"))
    zone = random.choice(["Z", "Z", "", "z", "offset", "offset", "compact"])
    if zone in ("offset", "compact"):
        sign, hours, minutes = random.choice("+-"), random.randrange(15), random.choice([0, 0, 30, 45])
        text += sign + ("%02d:%02d" if zone == "offset" else "%02d%02d") % (hours, minutes)
        nanos -= (1 if sign == "+" else -1) * (hours * 60 + minutes) * 60 * 10 ** 9
    else:
        text += zone
    return text, nanos


def random_epoch():
    digits = random.randrange(1, 19)
    whole = random.randrange(10 ** (digits - 1), 10 ** digits)
    unit = 10 ** (9 if whole < 10 ** 11 else 6 if whole < 10 ** 14 else 3 if whole < 10 ** 17 else 0)
    text, nanos = str(whole), whole * unit
    if random.random() < 0.5:
        fraction = "".join(random.choice("0123456789") for _ in range(random.randrange(1, 13)))
        text += "." + fraction
        nanos += int(fraction) * unit // 10 ** len(fraction)
    if random.random() < 0.3:
        text, nanos = "-" + text, -nanos
    return (text, nanos) if abs(nanos) < 2 ** 63 else random_epoch()


with open("numbers.csv", "w") as out:
    out.write("text,bits,shortest,six\n")
    for _ in range(800):
        text = random_number()
        value = float(text)
        out.write("%s,%016x,%s,%s\n" % (text, struct.unpack("<Q", struct.pack("<d", value))[0], shortest(value),
                                        six(value)))
with open("times.csv", "w") as out:
    out.write("text,nanoseconds\n")
    for i in range(600):
        out.write("%s,%d\n" % (random_calendar() if i % 3 else random_epoch()))
