import { CROP_SIZE, type AlignedFace } from '../../face/contract.js';

const SECONDS_OF_SHIFT = 0.08;
const SECONDS_OF_TURN = 0.1;
/** Landmark pose jitters by about 0.01 rad: it is low-passed for longer before it is differentiated. */
const SECONDS_OF_POSE = 0.3;

/** How fast the head shifts and turns, low-passed. */
export class HeadMotion {
  /** Pixels of the reference crop per second. */
  shift = 0;
  /** Radians per second. */
  turn = 0;

  #reference = -1;
  #t = 0;
  #x = 0;
  #y = 0;
  #vx = 0;
  #vy = 0;
  #yaw = 0;
  #pitch = 0;
  #fitYaw = 0;
  #fitPitch = 0;
  #wy = 0;
  #wp = 0;
  #poseTurn = 0;

  /** `fitYaw`, `fitPitch`: turns since the reference as the anchors show them, radians (finer than `face.pose`). */
  update(face: AlignedFace, fitYaw: number, fitPitch: number): void {
    const { a, b, tx, ty } = face.toFrame;
    const c = CROP_SIZE / 2;
    const scale = Math.max(Math.hypot(a, b), 1e-3);
    const x = (a * c - b * c + tx) / scale,
      y = (b * c + a * c + ty) / scale;
    const dt = face.t - this.#t;
    if (this.#reference >= 0 && dt > 0) {
      const poseStep = 1 - Math.exp(-dt / SECONDS_OF_POSE);
      const dyaw = poseStep * (face.pose.yaw - this.#yaw),
        dpitch = poseStep * (face.pose.pitch - this.#pitch);
      this.#yaw += dyaw;
      this.#pitch += dpitch;
      this.#poseTurn += poseStep * (Math.hypot(dyaw, dpitch) / dt - this.#poseTurn);
    } else {
      this.#yaw = face.pose.yaw;
      this.#pitch = face.pose.pitch;
    }
    // Another reference is another crop frame: the speeds go on, the step between the two says nothing.
    if (face.reference === this.#reference && dt > 0) {
      const s = 1 - Math.exp(-dt / SECONDS_OF_SHIFT),
        w = 1 - Math.exp(-dt / SECONDS_OF_TURN);
      this.#vx += s * ((x - this.#x) / dt - this.#vx);
      this.#vy += s * ((y - this.#y) / dt - this.#vy);
      this.#wy += w * ((fitYaw - this.#fitYaw) / dt - this.#wy);
      this.#wp += w * ((fitPitch - this.#fitPitch) / dt - this.#wp);
    }
    this.shift = Math.hypot(this.#vx, this.#vy);
    this.turn = Math.max(Math.hypot(this.#wy, this.#wp), this.#poseTurn);
    this.#reference = face.reference;
    this.#t = face.t;
    this.#x = x;
    this.#y = y;
    this.#fitYaw = fitYaw;
    this.#fitPitch = fitPitch;
  }
}
