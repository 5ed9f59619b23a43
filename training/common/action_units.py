"""Which action units a micro-expression shows, on which side, and the blendshapes that move as they do.

Frequencies are aggregate counts over the codings of CASME II, SAMM, CAS(ME)3 and DFME (au_statistics.json): facts, no
data. AU numbers follow FACS (Ekman, Friesen & Hager 2002).
"""

import json
from pathlib import Path

# ICT-FaceKit blendshapes (ARKit names) that come nearest to the FACS unit, with relative weights; "_" stands for a
# side.
BLENDSHAPES = {
    1: {"browInnerUp_": 1.0},
    2: {"browOuterUp_": 1.0},
    4: {"browDown_": 1.0},
    5: {"eyeWide_": 1.0},
    6: {"cheekRaiser_": 1.0, "cheekSquint_": 0.5},
    7: {"eyeSquint_": 1.0},
    9: {"noseSneer_": 1.0},
    10: {"mouthUpperUp_": 1.0},
    12: {"mouthSmile_": 1.0},
    14: {"mouthDimple_": 1.0},
    15: {"mouthFrown_": 1.0},
    16: {"mouthLowerDown_": 1.0},
    17: {"mouthShrugLower": 1.0, "mouthShrugUpper": 0.3},
    18: {"mouthPucker": 1.0},
    20: {"mouthStretch_": 1.0},
    22: {"mouthFunnel": 1.0},
    24: {"mouthPress_": 1.0},
    25: {"mouthLowerDown_": 0.5, "mouthUpperUp_": 0.3, "jawOpen": 0.05},
    26: {"jawOpen": 0.3},
    28: {"mouthRollLower": 1.0, "mouthRollUpper": 1.0},
    43: {"eyeBlink_": 1.0},
}

STATISTICS = json.loads((Path(__file__).parent / "au_statistics.json").read_text())


def draw_action_units(rng, most=3.0, least=0.2):
    """List of {"au", "side": "left" | "right" | "both", "px"}: a combination as often as coders saw it.

    px is the largest displacement of that unit alone, log-normal about 0.7 px on the 224-px crop, within least..most.
    "left" and "right" are the person's own sides.
    """
    combinations = STATISTICS["combinations"]
    weights = [c["count"] ** 0.6 for c in combinations]  # flattened: rare units must be learned too
    total = sum(weights)
    chosen = combinations[int(rng.choice(len(combinations), p=[w / total for w in weights]))]["aus"]
    strength = rng.lognormal(mean=-0.3, sigma=0.75)
    units = []
    for au in chosen:
        if au not in BLENDSHAPES:
            continue
        one_sided = rng.random() < STATISTICS["unilateral_share"].get(str(au), 0.0)
        side = ("left", "right")[int(rng.integers(2))] if one_sided else "both"
        px = float(min(max(strength * rng.lognormal(0.0, 0.3), least), most))
        units.append({"au": au, "side": side, "px": px})
    return units


def shape_weights(unit):
    """{blendshape name: relative weight} of one unit, sides resolved (ICT's _L is the person's left)."""
    sides = {"left": "L", "right": "R", "both": "LR"}[unit["side"]]
    out = {}
    for name, weight in BLENDSHAPES[unit["au"]].items():
        if name.endswith("_"):
            out.update({name + s: weight for s in sides})
        else:
            out[name] = weight
    return out
