/** Draws the points: one call to the graphics card a frame, or, without one, small squares. */

import { COLOURS } from "./map-points.js";

const VERTEX = `#version 300 es
in vec2 place; in float kind; uniform vec2 middle; uniform vec2 scale; uniform float size; uniform vec3 colours[${COLOURS + 1}];
out vec3 colour;
void main() {
  gl_Position = vec4((place - middle) * scale, 0.0, 1.0);
  gl_PointSize = size;
  colour = colours[int(kind)];
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec3 colour; uniform float size; out vec4 seen;
void main() {
  float edge = (0.5 - length(gl_PointCoord - 0.5)) * size;
  float cover = clamp(edge + 0.5, 0.0, 1.0) * 0.85;
  if (cover < 0.02) discard;
  seen = vec4(colour * cover, cover);
}`;

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {{points(points), draw(camera, colours)}} `camera`: middle x and y, pixels a unit, size of a point
 */
export function painter(canvas) {
  const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
  return gl ? withCard(gl, canvas) : withoutCard(canvas.getContext("2d"), canvas);
}

function withCard(gl, canvas) {
  const program = gl.createProgram();
  for (const [type, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const uniform = (name) => gl.getUniformLocation(program, name);
  const [middle, scale, size, palette] = ["middle", "scale", "size", "colours"].map(uniform);
  let count = 0;

  const feed = (name, data, width, type) => {
    const where = gl.getAttribLocation(program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(where);
    gl.vertexAttribPointer(where, width, type, width === 2, 0, 0);
  };

  return {
    points(points) {
      count = points.x.length;
      const places = new Uint16Array(count * 2);
      for (let at = 0; at < count; at += 1) [places[2 * at], places[2 * at + 1]] = [points.x[at], points.y[at]];
      feed("place", places, 2, gl.UNSIGNED_SHORT);
      feed("kind", points.colours, 1, gl.UNSIGNED_BYTE);
    },
    draw(camera, colours) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(middle, camera.x, camera.y);
      gl.uniform2f(scale, (2 * camera.unit) / canvas.width, (-2 * camera.unit) / canvas.height);
      gl.uniform1f(size, camera.size);
      gl.uniform3fv(palette, colours.flat().map((part) => part / 255));
      gl.drawArrays(gl.POINTS, 0, count);
    },
  };
}

function withoutCard(brush, canvas) {
  let all;
  return {
    points: (points) => (all = points),
    draw({ x, y, unit, size }, colours) {
      brush.clearRect(0, 0, canvas.width, canvas.height);
      colours.forEach((colour, kind) => {
        brush.fillStyle = `rgb(${colour.join(" ")} / 85%)`;
        for (let at = 0; at < all.x.length; at += 1)
          if (all.colours[at] === kind)
            brush.fillRect((all.x[at] / 65535 - x) * unit + canvas.width / 2 - size / 2, (all.y[at] / 65535 - y) * unit + canvas.height / 2 - size / 2, size, size);
      });
    },
  };
}
