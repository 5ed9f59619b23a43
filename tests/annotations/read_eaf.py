"""Prints what pympi and speach read of an ELAN file, as JSON: media, tiers with times in ms and values, vocabularies."""
import json
import sys

import pympi
from speach import elan

path = sys.argv[1]
eaf = pympi.Elan.Eaf(path)
document = elan.read_eaf(path)


def spans(tier):
    """(begin, end, value) of every annotation of a speach tier; those that hang on another have its times."""
    return [[round(a.from_ts.sec * 1000), round(a.to_ts.sec * 1000), a.text] for a in tier.annotations]


print(json.dumps({
    "pympi": {
        "media": eaf.media_descriptors,
        "properties": dict(eaf.properties),
        "tiers": {name: [list(a[:3]) for a in eaf.get_annotation_data_for_tier(name)] for name in eaf.get_tier_names()},
        "vocabularies": {name: [entry[0][0][0] for entry in entries.values()] for name, (_, entries, _) in eaf.controlled_vocabularies.items()},
    },
    "speach": {
        "media": document.media_url,
        "relative": document.relative_media_url,
        "path": document.media_path(),
        "tiers": {tier.ID: spans(tier) for tier in document},
        "vocabularies": {vocab.ID: len(list(vocab)) for vocab in document.vocabs},
    },
}))
