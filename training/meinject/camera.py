"""The camera: light that changes, lens, sensor noise, 8-bit 4:2:0, and the encoders that video calls use."""

from fractions import Fraction

import av
import cv2
import numpy as np

from .curves import smooth
from .pose import sway

NOISE_FRAMES = 6


class Look:
    """One clip's light, lens and noise. strength below 1: for pictures that went through a camera already."""

    def __init__(self, rng, seconds, events, width, height, face_centre, face_px, strength=1.0):
        self.size = width, height
        self.gamma, self.gain = (
            float(np.exp(strength * rng.normal(0, 0.15))),
            1 + strength * (float(rng.uniform(0.65, 1.1)) - 1),
        )
        self.sigma = strength * float(np.clip(rng.lognormal(np.log(1.6), 0.5), 0.4, 5.0))
        grain = 0.0 if rng.random() < 0.5 else float(rng.uniform(0.3, 0.7))
        self.noise = []
        for _ in range(NOISE_FRAMES):
            noise = rng.standard_normal((height + 64, width + 64), dtype=np.float32)
            noise = cv2.GaussianBlur(noise, (0, 0), grain) if grain else noise
            self.noise.append(noise * np.float32(self.sigma / noise.std()))
        self.rng = np.random.default_rng(int(rng.integers(2**32)))
        times = self.times = np.arange(0, seconds + 0.1, 0.004)
        self.exposure = 1 + rng.uniform(0, 0.02) * sway(rng, times, 0.05, 0.4)
        self.focus = np.zeros(len(times))
        self.shadows = []
        self.glows = []
        y, x = np.mgrid[0:height:8, 0:width:8].astype(np.float32)
        self.x, self.y = (x - face_centre[0]) / face_px, (y - face_centre[1]) / face_px
        for event in events:
            self.add(rng, event)

    def add(self, rng, event):
        u = np.clip((self.times - event.start) / max(event.end - event.start, 1e-3), 0, 1)
        if event.kind == "focus":
            self.focus += rng.uniform(0.8, 3.0) * np.sin(np.pi * u) ** 2
        if event.kind != "light":
            return
        event.onset, event.apex, event.offset = event.start, (event.start + event.end) / 2, event.end
        what = event.data["what"]
        if what == "flicker":
            wave = np.sin(2 * np.pi * np.exp(rng.uniform(np.log(0.7), np.log(12))) * self.times)
            self.exposure *= 1 + rng.uniform(0.005, 0.04) * wave * np.minimum(1, 8 * np.minimum(u, 1 - u))
        elif what == "step":
            relax = np.exp(-np.clip(self.times - event.end, 0, None) / rng.uniform(0.4, 2.5))
            self.exposure *= 1 + (rng.uniform(0.05, 0.25) * rng.choice([-1, 1])) * smooth(u) * np.where(
                u >= 1, relax, 1
            )
        elif what == "shadow":
            self.shadows.append(
                (
                    event,
                    rng.uniform(0, 2 * np.pi),
                    rng.uniform(0.15, 0.6),
                    rng.uniform(0.1, 0.4),
                    rng.uniform(0.05, 0.3),
                )
            )
        else:
            self.glows.append((event, rng.uniform(0, 2 * np.pi), rng.uniform(0.04, 0.2) * rng.choice([-1, 1])))

    def light(self, t):
        """Gain map at 1/8 of the frame, or None where it is the same everywhere."""
        out = None
        for event, angle, width, depth, rim in self.shadows:
            if event.start <= t <= event.end:
                u = (t - event.start) / (event.end - event.start)
                along = np.cos(angle) * self.x + np.sin(angle) * self.y - (4.4 * u - 2.2)
                band = 1 / (1 + np.exp(np.clip((np.abs(along) - width) / rim * 4, -30, 30)))
                out = (1 if out is None else out) * (1 - depth * band)
        for event, angle, strength in self.glows:
            if event.start <= t <= event.end:
                u = (t - event.start) / (event.end - event.start)
                side = 1 / (1 + np.exp(-2.5 * (np.cos(angle) * self.x + np.sin(angle) * self.y)))
                out = (1 if out is None else out) * (1 + strength * np.sin(np.pi * u) ** 2 * side)
        return out

    def apply(self, frame, t):
        """frame: [y, u, v] float32, limited range -> (H * 3 / 2, W) uint8 I420."""
        y, u, v = frame
        width, height = self.size
        gain = np.float32(self.gain * np.interp(t, self.times, self.exposure))
        y = np.clip((y - 16) * np.float32(1 / 219), 1e-4, 1.0)
        y = cv2.pow(y, self.gamma)
        y *= gain * 219
        field = self.light(t)
        if field is not None:
            y *= cv2.resize(np.asarray(field, np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        blur = float(np.interp(t, self.times, self.focus))
        if blur > 0.15:
            y = cv2.GaussianBlur(y, (0, 0), blur)
        noise = self.noise[int(self.rng.integers(NOISE_FRAMES))]
        dy, dx = int(self.rng.integers(65)), int(self.rng.integers(65))
        noise = noise[dy : dy + height, dx : dx + width]
        if self.rng.random() < 0.5:
            noise = noise[::-1, ::-1]
        # Shot noise: its variance grows with the light.
        y += noise * cv2.sqrt(0.4 + y * np.float32(1 / 180))
        out = np.empty((height * 3 // 2, width), np.uint8)
        out[:height] = np.clip(y + 16.5, 0, 255)
        half = np.float32(gain)
        for i, plane in enumerate((u, v)):
            chroma = np.clip((plane - 128) * half + 128.5, 0, 255).astype(np.uint8)
            out[height + i * height // 4 : height + (i + 1) * height // 4] = chroma.reshape(height // 4, width)
        return out


class VideoWriter:
    """H.264 (baseline, zero latency) in mp4 or VP8 (real time) in webm, as browsers encode calls; keyframes only where
    asked.
    """

    def __init__(self, path, codec, fps, width, height, bit_rate):
        self.rate = Fraction(fps).limit_denominator(1001)
        self.container = av.open(str(path), "w", format="webm" if codec == "vp8" else "mp4")
        if codec == "vp8":
            options = {
                "deadline": "realtime",
                "cpu-used": "12",
                "lag-in-frames": "0",
                "error-resilient": "1",
                "undershoot-pct": "100",
                "overshoot-pct": "15",
            }
        else:
            rate = str(int(bit_rate))
            options = {
                "preset": "ultrafast",
                "tune": "zerolatency",
                "profile": "baseline",
                "sc_threshold": "0",
                "maxrate": rate,
                "bufsize": str(int(bit_rate * 0.5)),
            }
        self.stream = self.container.add_stream(
            "libvpx" if codec == "vp8" else "libx264", rate=self.rate, options=options
        )
        self.stream.width, self.stream.height, self.stream.pix_fmt = width, height, "yuv420p"
        self.stream.bit_rate = int(bit_rate)
        self.stream.codec_context.gop_size = 100000
        self.stream.codec_context.thread_count = 1
        self.stream.codec_context.time_base = 1 / self.rate

    def write(self, i420, index, keyframe=False):
        frame = av.VideoFrame.from_ndarray(i420, format="yuv420p")
        frame.pts, frame.time_base = index, 1 / self.rate
        frame.pict_type = av.video.frame.PictureType.I if keyframe else av.video.frame.PictureType.NONE
        for packet in self.stream.encode(frame):
            self.container.mux(packet)

    def close(self):
        for packet in self.stream.encode():
            self.container.mux(packet)
        self.container.close()
