import { type RefObject, useEffect, useRef, useState } from 'react';
import { useIsDark, useTheme } from '../../../theme/theme.ts';
import type { Camera, Size } from './camera.ts';
import type { Highlights } from './draw-scene.ts';
import { Painter } from './painter.ts';
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
  const painter = useRef<Painter | null>(null);
  useEffect(() => {
    if (canvas.current === null) return;
    const made = new Painter(canvas.current);
    painter.current = made;
    return () => made.stop();
  }, [canvas]);
  useEffect(() => {
    painter.current?.show({ size, scene, camera, highlights, palette });
  }, [size, scene, camera, highlights, palette]);
}

function usePalette(): Palette {
  const isDark = useIsDark();
  const theme = useTheme();
  const [palette, setPalette] = useState(readPalette);
  useEffect(() => setPalette(readPalette()), [isDark, theme]);
  return palette;
}
