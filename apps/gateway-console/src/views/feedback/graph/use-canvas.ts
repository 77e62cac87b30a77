import { type RefObject, useEffect, useRef, useState } from 'react';
import { useIsDark, useTheme } from '../../../theme/theme.ts';
import type { Camera, Size } from './camera.ts';
import { drawScene, type Highlights } from './draw-scene.ts';
import { type Palette, readPalette } from './palette.ts';
import type { Scene } from './scene.ts';

/** The size of an element in CSS pixels, as it changes. */
export function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [element]);
  return size;
}

/** Draws once a frame at most, however often something changes in between. */
export function useDrawing(
  canvas: RefObject<HTMLCanvasElement | null>,
  size: Size,
  scene: Scene,
  camera: Camera,
  highlights: Highlights,
): void {
  const palette = usePalette();
  const wanted = useRef({ size, scene, camera, highlights, palette });
  const frame = useRef(0);
  useEffect(() => {
    wanted.current = { size, scene, camera, highlights, palette };
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      const context = canvas.current?.getContext('2d', { alpha: false });
      if (canvas.current === null || !context) return;
      draw(canvas.current, context, wanted.current);
    });
  }, [canvas, size, scene, camera, highlights, palette]);
  useEffect(
    () => () => {
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    },
    [],
  );
}

interface Picture {
  readonly size: Size;
  readonly scene: Scene;
  readonly camera: Camera;
  readonly highlights: Highlights;
  readonly palette: Palette;
}

function draw(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, picture: Picture): void {
  const { size, scene, camera, palette, highlights } = picture;
  const ratio = window.devicePixelRatio;
  const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  drawScene(context, scene, camera, size, palette, highlights);
}

function usePalette(): Palette {
  const isDark = useIsDark();
  const theme = useTheme();
  const [palette, setPalette] = useState(readPalette);
  useEffect(() => setPalette(readPalette()), [isDark, theme]);
  return palette;
}
