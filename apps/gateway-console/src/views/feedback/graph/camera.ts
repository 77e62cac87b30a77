/** What of the world is seen: `x`, `y` (world) is at the upper left corner; `scale` is screen pixels a unit. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const MIN_SCALE = 0.01;
const MAX_SCALE = 3;
/** Pixels that stay free around what is fitted. */
const MARGIN = 24;

/** All of the world, in the middle, never larger than life. */
export function fit(world: Size, screen: Size): Camera {
  const scale = clamp(
    Math.min((screen.width - 2 * MARGIN) / world.width, (screen.height - 2 * MARGIN) / world.height, 1),
  );
  return {
    x: world.width / 2 - screen.width / scale / 2,
    y: world.height / 2 - screen.height / scale / 2,
    scale,
  };
}

export function pan(camera: Camera, byX: number, byY: number): Camera {
  return { ...camera, x: camera.x - byX / camera.scale, y: camera.y - byY / camera.scale };
}

/** What is under the point of the screen stays there. */
export function zoom(camera: Camera, at: Point, factor: number): Camera {
  const scale = clamp(camera.scale * factor);
  return {
    x: camera.x + at.x / camera.scale - at.x / scale,
    y: camera.y + at.y / camera.scale - at.y / scale,
    scale,
  };
}

/** Brings a point of the world to the middle, near enough to read. */
export function lookAt(camera: Camera, point: Point, screen: Size, least: number): Camera {
  const scale = clamp(Math.max(camera.scale, least));
  return { x: point.x - screen.width / scale / 2, y: point.y - screen.height / scale / 2, scale };
}

export function toWorld(camera: Camera, point: Point): Point {
  return { x: camera.x + point.x / camera.scale, y: camera.y + point.y / camera.scale };
}

/** Whether a point of the world is well inside the screen. */
export function isSeen(camera: Camera, point: Point, screen: Size): boolean {
  const [x, y] = [(point.x - camera.x) * camera.scale, (point.y - camera.y) * camera.scale];
  return x >= MARGIN && y >= MARGIN && x <= screen.width - MARGIN && y <= screen.height - MARGIN;
}

function clamp(scale: number): number {
  return Math.min(MAX_SCALE, Math.max(MIN_SCALE, Number.isFinite(scale) ? scale : 1));
}
