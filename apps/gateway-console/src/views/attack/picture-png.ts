import { INK, LINE, type Picture } from './picture.ts';

/** Pixels of the file for one of the picture: sharp on a page that is printed. */
const SCALE = 2;

/** Drawn on a canvas that is in no document. Rejects where the browser gives no picture: it is too large for it. */
export async function picturePng(picture: Picture): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(picture.width * SCALE);
  canvas.height = Math.round(picture.height * SCALE);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('the browser gives no canvas to draw on');
  context.scale(SCALE, SCALE);
  context.strokeStyle = LINE;
  for (const shape of picture.shapes) {
    if (shape.kind === 'box') {
      context.fillStyle = shape.fill;
      context.fillRect(shape.x, shape.y, shape.width, shape.height);
      context.strokeRect(shape.x, shape.y, shape.width, shape.height);
    } else {
      context.fillStyle = INK;
      context.font = `${shape.bold ? '600 ' : ''}${shape.size}px system-ui, "Liberation Sans", "DejaVu Sans", sans-serif`;
      context.fillText(shape.text, shape.x, shape.y);
    }
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error('the browser could not make the picture'));
      else resolve(blob);
    }, 'image/png');
  });
}
