"""A photo file of every kind that FaceMend reads."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from engine.photo.formats import FORMATS

WIDTH, HEIGHT = 16, 24

_HEIC = (
    "c-muNV30{GsVvAy%}izhg51nBLl8SRGck>Uf$?~5YDppk1Sn>t<P<^K3<a6VB@Af5Br_);Y>0~k0}}%yh{gCCLIXh-"
    "Pz(r|Lg6AdKx~njnU@CUfn-I2oK&zfpqh-bWJ3ldK}L`g*NRNAa=wDhl3WI;N=CNKf}#Q-"
    "`)OuDaz2nQ1?qKXWCjUM04tLF!0_kqj~@&S{LBeJ9TE<VJdFSUgA_1>R4{{(+%6`EM4+Um6C)#<%mRf*)@iTS&3g7galwHG1_qu6"
    "kZ?;9P&Jzi<H6#Coj^N;lk;<m@{)5ZfTFw%Y(OOpBALYnsZifKK(R)0P9n%*5)ijD2!QDS|Nq|rg#nPh01XR)g3O9ckVa+>4h|s2"
    "nOT%y0(1_8WM)AwEKV4Kes5%AW^HK$a-=egQq!Oke90-r$>3N3*|9D+B@q-|X&Q{{IZx!wma~1+_hB8U{TIoFH*Ko-"
    "R5#COZrN^l=V*hiu-IJNKeg)u1+E!fm(Ta#s?=S6`jk~ei{-<Ap6QBLIz9)dC|tb6!C<!iS^os-"
    "Tmz;l%Z{w;J-h$I@2w@Qdygv^UEOuQ4`>q`B%*wM8MJ^r4hAMhKCrKNfLM)D2o$cMz=Jq8y(lp+B{#n$BejSD09Nml0R"
)
"""A made HEIC picture of 16 x 24 pixels with EXIF, stored lying on its side."""


def write_kind(path: Path) -> Path:
    """Write a photo of `WIDTH` x `HEIGHT` pixels (once it is upright) in the format that the suffix stands for.

    It is dark with a small white square, so that it will do for a mask as well.
    """
    form = next(form for form, row in FORMATS.items() if path.suffix.lower() in row.suffixes)
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == "HEIF":  # Pillow writes none
        path.write_bytes(zlib.decompress(base64.b85decode("".join(_HEIC))))
        return path
    pixels = np.random.default_rng(3).integers(0, 60, (HEIGHT, WIDTH, 3), np.uint8)
    pixels[8:12, 4:8] = 255
    with path.open("wb") as stream:
        Image.fromarray(pixels).save(stream, form)
    return path
