"""Writes an ELAN file as a coder's script would, by pympi: a tier of windows and one of action units below it."""

import sys

import pympi

eaf = pympi.Elan.Eaf(author="test")
eaf.remove_tier("default")
eaf.add_linked_file("/videos/a.mp4", mimetype="video/mp4")
eaf.add_linguistic_type("units", constraints="Included_In")
eaf.add_tier("anna")
eaf.add_tier("anna AUs", ling="units", parent="anna")
for start, end, value, units in ((1000, 1400, "micro", "1+2"), (5000, 5400, "micro", "12"), (9000, 11000, "macro", "L12")):
    eaf.add_annotation("anna", start, end, value)
    eaf.add_annotation("anna AUs", start, end, units)
eaf.to_file(sys.argv[1])
