import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { type Camera, fit, type Point, pan, type Size, zoom } from './camera.ts';

/** How much one notch of a wheel or one key zooms. */
export const ZOOM_STEP = 1.25;
/** Pixels that a pointer may wander in a click. */
const CLICK_SLACK = 4;

export interface CameraControl {
  readonly camera: Camera;
  readonly set: (change: (camera: Camera) => Camera) => void;
  readonly fitAll: () => void;
}

/** The camera of a canvas: all of the world at first, and again when the window changes before anybody moved it. */
export function useCamera(world: Size, screen: Size): CameraControl {
  const [moved, setMoved] = useState<Camera | null>(null);
  const camera = moved ?? fit(world, screen);
  const latest = useRef(camera);
  latest.current = camera;
  const set = useCallback((change: (camera: Camera) => Camera) => {
    latest.current = change(latest.current);
    setMoved(latest.current);
  }, []);
  return { camera, set, fitAll: useCallback(() => setMoved(null), []) };
}

/**
 * Wheel zooms at the pointer, dragging moves, two fingers do both. A press that did not wander is a click, at a point of the
 * screen.
 */
export function usePointers(
  canvas: RefObject<HTMLCanvasElement | null>,
  set: CameraControl['set'],
  onClick: (point: Point) => void,
): void {
  const click = useRef(onClick);
  click.current = onClick;
  useEffect(() => {
    const { current } = canvas;
    if (current === null) return;
    const down = new Map<number, Point>();
    let wandered = 0;
    const pointOf = (event: MouseEvent): Point => {
      const box = current.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const onWheel = (event: WheelEvent) => {
      // Not passive: the page must not scroll away beneath a graph that is zoomed.
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
      set((camera) => zoom(camera, pointOf(event), ZOOM_STEP ** (-lines / 100)));
    };
    const onDown = (event: PointerEvent) => {
      if (event.button !== 0) return;
      current.setPointerCapture(event.pointerId);
      if (down.size === 0) wandered = 0;
      down.set(event.pointerId, pointOf(event));
    };
    const onMove = (event: PointerEvent) => {
      const before = down.get(event.pointerId);
      if (before === undefined) return;
      const now = pointOf(event);
      const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
      down.set(event.pointerId, now);
      wandered += Math.hypot(now.x - before.x, now.y - before.y);
      const [byX, byY] = [now.x - before.x, now.y - before.y];
      set((camera) =>
        other === undefined
          ? pan(camera, byX, byY)
          : zoom(
              pan(camera, byX / 2, byY / 2),
              middle(now, other),
              spread(now, other) / spread(before, other),
            ),
      );
    };
    const onUp = (event: PointerEvent) => {
      if (!down.delete(event.pointerId) || down.size > 0) return;
      if (event.type === 'pointerup' && wandered <= CLICK_SLACK) click.current(pointOf(event));
    };
    current.addEventListener('wheel', onWheel, { passive: false });
    current.addEventListener('pointerdown', onDown);
    current.addEventListener('pointermove', onMove);
    current.addEventListener('pointerup', onUp);
    current.addEventListener('pointercancel', onUp);
    return () => {
      current.removeEventListener('wheel', onWheel);
      current.removeEventListener('pointerdown', onDown);
      current.removeEventListener('pointermove', onMove);
      current.removeEventListener('pointerup', onUp);
      current.removeEventListener('pointercancel', onUp);
    };
  }, [canvas, set]);
}

function middle(one: Point, other: Point): Point {
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
}

/** Never nothing: it divides. */
function spread(one: Point, other: Point): number {
  return Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
}
