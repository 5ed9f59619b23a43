"""The user turn of the dialogue, as src/llm/prompt writes it (a test compares the two on a fixture)."""

import json


def user_turn(rois, dialect="mellm", emotion=True):
    """rois: regions as FlowReport has them."""
    lines = "\n".join(region_line(r, dialect) for r in rois)
    subject = "facial action unit(s) and the micro-expression" if emotion else "facial action unit(s)"
    if dialect == "paper":
        opening = f"From the following measurements, analyze the {subject}:"
    else:
        opening = f"Optical flow between the onset and the apex frame of a face, nose-referenced, by region. Analyze the {subject}:"
    tail = "" if dialect == "paper" else "\n" + conventions(emotion)
    return f"{opening}\n{lines}\n\n{instruction(emotion)}{tail}\n"


def region_line(r, dialect):
    angle = None if r["angle_deg"] is None else round(r["angle_deg"] + 1e-9) % 360
    if dialect == "paper":
        if angle is not None:
            direction = f"{r['direction']}({angle}°))"
        elif r["direction"].startswith("No significant"):
            direction = f"No significant motion detected (mean magnitude ≈ {r['mean_magnitude']:.6g})."
        else:
            direction = (
                f"No clear dominant direction (motion is more isotropic or noisy; mean magnitude ≈ {r['mean_magnitude']:.6g}, "
                f"concentration ≈ {r['concentration']:.3f})."
            )
        return f'{{"region":"{r["region"]},"mean_magnitude":{round(r["mean_magnitude"], 3)},"max_magnitude":{round(r["max_magnitude"], 3)},"direction":{direction}}}'
    how = f"concentration {r['concentration']:.2f}"
    direction = (
        f"{r['direction']} ({angle}°, {how})"
        if angle is not None
        else r["direction"]
        if r["direction"].startswith("No significant")
        else f"{r['direction']} ({how})"
    )

    def number(v):
        return int(v) if v == int(v) else v

    return json.dumps(
        {
            "region": r["region"],
            "mean_magnitude": number(round(r["mean_magnitude"], 3)),
            "max_magnitude": number(round(r["max_magnitude"], 3)),
            "direction": direction,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def instruction(emotion):
    regions = [
        "### 1. Regions of interest that moved",
        "* For each region with clear motion, by **magnitude and/or direction**, say briefly how it moves and which Action Unit(s) that suggests.",
        "* Leave out regions that did not move.",
        "* Motion that has nothing to do with an expression gets a short remark and no more.",
    ]
    if not emotion:
        return "\n".join([*regions, "### 2. **Summary: list the AUs.**"])
    return "\n".join(
        [
            *regions,
            "### 2. From the pattern to the micro-expression category",
            "* Take all moving regions together, their directions and how magnitude is distributed, and reason step by step from local motion to one category.",
            "### 3. **Summary: the AUs and the micro-expression ( Negative | Positive | Surprise ).**",
        ]
    )


def conventions(emotion):
    return "\n".join(
        [
            'Conventions: magnitudes are pixels of a face crop 224 px wide; 0° is right, angles run counter-clockwise, up is 90°; "Left" and "Right" in region names are '
            "sides of the image, the person's other side.",
            'Write AUs as AU12; add "left", "right" (the person\'s own side) where only one side moved, and a confidence from 0 to 1.',
            'If nothing but noise, head motion or a blink is seen, say "No micro-expression". If the AUs decide no category, say Other.'
            if emotion
            else 'If nothing but noise, head motion or a blink is seen, say "No action units".',
        ]
    )
