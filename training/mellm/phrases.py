"""The words of MEU-Instruct: for each action unit where it shows (image's right half; the left mirrors it) and how that
is said.
"""

# FACS names (Ekman, Friesen & Hager 2002).
UNIT_NAMES = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    9: "nose wrinkler",
    10: "upper lip raiser",
    12: "lip corner puller",
    14: "dimpler",
    15: "lip corner depressor",
    16: "lower lip depressor",
    17: "chin raiser",
    18: "lip pucker",
    20: "lip stretcher",
    22: "lip funneler",
    24: "lip pressor",
    25: "lips part",
    26: "jaw drop",
    28: "lip suck",
    45: "blink",
}

# Regions in which the unit shows best, in the image's right half or on the midline.
UPPER_LID = ["Right Upper Eyelid (Center)", "Right Upper Eyelid (Left Side)", "Right Upper Eyelid (Right Side)"]
LOWER_LID = ["Right Lower Eyelid (Center)", "Right Lower Eyelid (Left Side)", "Right Lower Eyelid (Right Side)"]
EVIDENCE = {
    1: ["Right Inner Eyebrow"],
    2: ["Right Outer Eyebrow"],
    4: ["Right Inner Eyebrow", "Right Outer Eyebrow"],
    5: UPPER_LID,
    6: ["Right Cheek", "Right Lower Eyelid (Center)"],
    7: LOWER_LID,
    9: ["Right Nostril Wing", "Right Inner Eyebrow", "Upper Lip (Right Side)"],
    10: ["Upper Lip (Right Side)", "Upper Lip (Center)", "Right Nostril Wing"],
    12: ["Right Mouth Corner", "Right Cheek", "Upper Lip (Right Side)"],
    14: ["Right Mouth Corner", "Lower Lip (Right Side)"],
    15: ["Right Mouth Corner", "Lower Lip (Right Side)"],
    16: ["Lower Lip (Center)", "Lower Lip (Right Side)"],
    17: ["Chin", "Lower Lip (Center)"],
    18: ["Upper Lip (Center)", "Lower Lip (Center)", "Right Mouth Corner"],
    20: ["Right Mouth Corner", "Lower Lip (Right Side)"],
    22: ["Upper Lip (Center)", "Lower Lip (Center)"],
    24: ["Lower Lip (Center)", "Chin", "Upper Lip (Center)"],
    25: ["Lower Lip (Center)", "Upper Lip (Center)"],
    26: ["Chin", "Lower Lip (Center)"],
    28: ["Lower Lip (Center)", "Upper Lip (Center)"],
    45: UPPER_LID + LOWER_LID[:1],
}

# What the skin does there, as clauses that follow "here" or a colon.
ACTIONS = {
    1: ["the inner end of the brow is drawn up", "the inner brow lifts"],
    2: ["the outer end of the brow is drawn up", "the outer brow arches"],
    4: ["the brow is drawn down and together", "the brow sinks towards the eye"],
    5: ["the upper lid opens further", "the upper lid is drawn up"],
    6: ["the cheek is pushed up towards the eye", "the cheek lifts and gathers below the eye"],
    7: ["the lower lid tightens and rises", "the lid is drawn tight"],
    9: ["the skin along the nose is pulled up", "the nose wrinkles"],
    10: ["the upper lip is raised", "the middle of the upper lip is pulled up"],
    12: ["the lip corner is pulled up and outward", "the corner of the mouth rises obliquely"],
    14: ["the lip corner is drawn in against the teeth", "the corner of the mouth tightens into a dimple"],
    15: ["the lip corner is pulled down", "the corner of the mouth sinks"],
    16: ["the lower lip is pulled down", "the lower lip sinks"],
    17: ["the chin boss is pushed up", "chin and lower lip are pushed up"],
    18: ["the lips are drawn together", "the lips pucker"],
    20: ["the lips are stretched sideways", "the corner of the mouth is pulled straight outward"],
    22: ["the lips are pushed forward", "the lips funnel"],
    24: ["the lips are pressed together", "the lips press on each other"],
    25: ["the lips part", "the mouth opens slightly"],
    26: ["the jaw drops", "the chin sinks with the jaw"],
    28: ["the lips are drawn in over the teeth", "the lips are sucked in"],
    45: ["the lids close and open", "the lids come together"],
}
# How a motion leads to a unit, by how sure it is.
SUGGESTS = {
    "sure": ["This clearly indicates", "This is typical of", "This is clear evidence of"],
    "likely": ["This suggests", "This points to", "This fits"],
    "maybe": ["This may be a trace of", "This is weak evidence of", "This possibly reflects"],
}

# Part 2, one sentence for what the units speak for; {units} is their list.
REASONS = {
    "negative": {
        "sure": [
            "{units} is coded almost only with negative feeling: anger, disgust, fear or sadness.",
            "Together this pattern of {units} speaks for a negative state.",
        ],
        "likely": [
            "{units} is found mostly with negative feeling, though not only there.",
            "The pattern of {units} leans to a negative state.",
        ],
        "maybe": [
            "{units} is found with more than one kind of feeling; a negative one is somewhat more common.",
            "{units} leaves the category open; negative is only the better guess.",
        ],
    },
    "positive": {
        "sure": [
            "{units} is the pattern of a smile, coded almost only with happiness.",
            "The pull of {units} speaks for a positive state.",
        ],
        "likely": [
            "{units} is found mostly with happiness, though contempt can look alike.",
            "The pattern of {units} leans to a positive state.",
        ],
        "maybe": [
            "{units} is found with more than one kind of feeling; a positive one is somewhat more common.",
            "{units} leaves the category open; positive is only the better guess.",
        ],
    },
    "surprise": {
        "sure": [
            "{units} opens the upper face, which is coded almost only with surprise.",
            "Together this pattern of {units} speaks for surprise.",
        ],
        "likely": [
            "{units} is found mostly with surprise, though fear can look alike.",
            "The pattern of {units} leans to surprise.",
        ],
        "maybe": [
            "{units} is found with more than one kind of feeling; surprise is somewhat more common.",
            "{units} leaves the category open; surprise is only the better guess.",
        ],
    },
    "other": {
        "sure": [
            "{units} says little about feeling and is mostly coded as other.",
            "No category of feeling fits {units} well.",
        ],
        "likely": [
            "{units} is often coded as neither of the three categories.",
            "{units} decides no category of feeling.",
        ],
        "maybe": ["{units} is found with several feelings; none stands out.", "{units} leaves the category open."],
    },
}
# Words that open part 2 where one side moves more.
ASYMMETRY = {
    "left": ["The motion is one-sided, on the person's left.", "Only the person's left side takes part."],
    "right": ["The motion is one-sided, on the person's right.", "Only the person's right side takes part."],
}
NOTHING = {
    "still": [
        "No region moves clearly; the strongest, {region}, shows {mag} px, which is within what noise leaves.",
        "The regions are still. {region} shows most, {mag} px, and that is no more than noise.",
        "What little motion there is, at most {mag} px in {region}, has no pattern of an expression.",
    ],
    "unclear": [
        "{region} moves {dir} by {mag} px, but no action unit explains the motion of the face.",
        "There is motion, most of it in {region}, {mag} px, and it fits no action unit.",
    ],
    "blink": [
        "The eyelids move, {region} {dir} by {mag} px, and nothing else does: a blink, AU45.",
        "{region} moves {dir} by {mag} px as the lids close. This is AU45, a blink, and no expression.",
    ],
}
NOTHING_REASONS = {
    "still": [
        "Without moving regions there is nothing to infer.",
        "Noise and what is left of head motion explain these figures.",
    ],
    "unclear": [
        "Motion that fits no action unit says nothing about feeling.",
        "This motion is none of those that FACS describes.",
    ],
    "blink": ["A blink says nothing about feeling.", "Blinks are no part of an expression."],
}
