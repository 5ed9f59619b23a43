"""What cameras do to a pair of frames: light, blur, noise, quantisation and the codec. Frames are (H, W) float32 in
0..1.

4:2:0 subsampling touches chroma only, which the grey crop does not see; the codecs here encode 4:2:0 all the same.
"""

import io

import av
import cv2
import numpy as np

LEVELS = ("clean", "benign", "full", "small")
ENLARGED = (0.35, 0.9)  # the face as the camera saw it, in sizes of the crop


def degrade(rng, onset, apex, level):
    """One pair through one camera. Returns two (H, W) float32 and a record.

    benign: Gaussian noise of 2/255; full: everything; small: everything, seen by a camera to which the face is smaller
    than the crop.
    """
    record = {"level": level}
    if level == "clean":
        return onset, apex, record
    if level == "benign":
        return noisy(rng, onset, 2 / 255, 0), noisy(rng, apex, 2 / 255, 0), record | {"noise": 2.0}
    if level == "small":
        size = onset.shape[0]
        seen = 2 * round(size * float(np.exp(rng.uniform(*np.log(ENLARGED)))) / 2)
        *frames, inner = degrade(
            rng, *(cv2.resize(f, (seen, seen), interpolation=cv2.INTER_AREA) for f in (onset, apex)), "full"
        )
        onset, apex = (cv2.resize(f, (size, size), interpolation=cv2.INTER_CUBIC) for f in frames)
        return onset, apex, inner | record | {"seen": seen}
    onset, apex = scene_light(rng, onset, apex)
    if rng.random() < 0.5:
        onset = drift(rng, onset)
    else:
        apex = drift(rng, apex)
    sigma = rng.uniform(0.0, 0.9)
    onset, apex = (blurred(f, max(0.0, sigma + rng.normal(0, 0.08))) for f in (onset, apex))
    noise = float(np.clip(rng.lognormal(np.log(2.5), 0.5), 0.4, 7)) / 255
    grain = 0.0 if rng.random() < 0.5 else rng.uniform(0.3, 0.9)
    onset, apex = (noisy(rng, f, noise, grain) for f in (onset, apex))
    choice = rng.random()
    record |= {"noise": round(noise * 255, 2), "blur": round(sigma, 2)}
    if choice < 0.40:
        quality = int(rng.integers(40, 96))
        onset, apex = (through_jpeg(rng, f, quality) for f in (onset, apex))
        record["codec"] = f"jpeg {quality}"
    elif choice < 0.60:
        codec, rate = (
            ("libvpx", "libx264")[int(rng.integers(2))],
            float(np.exp(rng.uniform(np.log(0.02), np.log(0.25)))),
        )
        onset, apex = through_video(onset, apex, codec, rate)
        record["codec"] = f"{codec} {rate:.3f} bit/px"
    else:
        onset, apex = (np.rint(np.clip(f, 0, 1) * 255).astype(np.float32) / 255 for f in (onset, apex))
    return onset, apex, record


def scene_light(rng, onset, apex):
    """Exposure and contrast of the scene, the same for both frames."""
    gamma, gain, offset = np.exp(rng.normal(0, 0.25)), rng.uniform(0.45, 1.15), rng.uniform(0, 0.12)
    return tuple((np.clip(f, 1e-4, 1) ** gamma * gain + offset).astype(np.float32) for f in (onset, apex))


def drift(rng, frame):
    """Light that changes between the frames: gain, offset, gamma, a shading gradient and, rarely, a soft shadow or
    glint.
    """
    strength = rng.uniform(0, 1)
    gain, offset, gamma = (
        1 + rng.normal(0, 0.10) * strength,
        rng.normal(0, 0.04) * strength,
        np.exp(rng.normal(0, 0.08) * strength),
    )
    axis = np.linspace(-1, 1, frame.shape[0], dtype=np.float32)
    a, b, c, d, e = (rng.normal(0, 1, 5) * np.array([0.10, 0.10, 0.04, 0.04, 0.04]) * strength).astype(np.float32)
    x, y = axis[None, :], axis[:, None]
    shade = 1 + a * x + b * y + c * x * y + d * x * x + e * y * y
    frame = np.clip(frame, 1e-4, 1.2) ** np.float32(gamma) * np.float32(gain) * shade + np.float32(offset)
    if rng.random() < 0.12:
        centre, radius, depth = rng.uniform(-0.8, 0.8, 2), rng.uniform(0.05, 0.5, 2), rng.normal(0, 0.15)
        blob = np.exp(-(((x - centre[0]) / radius[0]) ** 2 + ((y - centre[1]) / radius[1]) ** 2)).astype(np.float32)
        frame = frame * (1 + np.float32(depth) * blob)
    return frame.astype(np.float32)


def blurred(frame, sigma):
    return cv2.GaussianBlur(frame, (0, 0), sigma) if sigma > 0.15 else frame


def noisy(rng, frame, sigma, grain):
    """Shot-like noise: variance grows with the signal; `grain` px blurs it at constant strength, like demosaicing."""
    noise = rng.standard_normal(frame.shape, dtype=np.float32)
    if grain > 0:
        noise = cv2.GaussianBlur(noise, (0, 0), grain)
        noise /= noise.std()
        return frame + noise * np.float32(sigma) * np.sqrt(0.4 + 1.2 * np.clip(frame, 0, 1))
    return frame + noise * np.float32(sigma)


def to_bytes(frame):
    return np.rint(np.clip(frame, 0, 1) * 255).astype(np.uint8)


def through_jpeg(rng, frame, quality):
    """JPEG with a random phase of the 8 x 8 blocks."""
    dx, dy = (int(v) for v in rng.integers(0, 8, 2))
    padded = cv2.copyMakeBorder(to_bytes(frame), dy, 8 - dy, dx, 8 - dx, cv2.BORDER_REFLECT)
    _, code = cv2.imencode(".jpg", padded, [cv2.IMWRITE_JPEG_QUALITY, quality])
    out = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
    return out[dy : dy + frame.shape[0], dx : dx + frame.shape[1]].astype(np.float32) / 255


def through_video(onset, apex, codec, bits_per_pixel):
    """Encode onset, a frame between and apex as VP8 or H.264 in earnest and decode: later frames are predicted from the
    first.
    """
    height, width = onset.shape
    frames = [onset, (onset + apex) / 2, apex]
    buffer = io.BytesIO()
    options = (
        {"deadline": "realtime", "cpu-used": "8"}
        if codec == "libvpx"
        else {"preset": "ultrafast", "tune": "zerolatency"}
    )
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream(codec, rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = int(bits_per_pixel * width * height * 30)
        stream.codec_context.thread_count = 1
        for frame in frames:
            planes = np.full((height * 3 // 2, width), 128, np.uint8)
            planes[:height] = to_bytes(frame)
            for packet in stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    buffer.seek(0)
    with av.open(buffer) as container:
        container.streams.video[0].thread_type = "NONE"
        decoded = [f.to_ndarray(format="gray") for f in container.decode(video=0)]
    return decoded[0].astype(np.float32) / 255, decoded[-1].astype(np.float32) / 255
