// Resolves colours that name properties of the style sheet, such as "var(--accent)" or
// "color-mix(in oklch, var(--accent) 20%, transparent)", to red, green, blue and alpha, which is all that the chart
// library can compute with.

/** A resolver for the colours that hold at an element; it must be disposed of after use. */
export function colourResolver(element) {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();

  const resolve = (text) => {
    if (!known.has(text)) {
      probe.style.color = "";
      probe.style.color = text;
      known.set(text, painted(pixel, getComputedStyle(probe).color));
    }
    return known.get(text);
  };
  return { resolve, dispose: () => probe.remove() };
}

/** A copy of a value of plain JSON in which every text that uses a style sheet's property is resolved. */
export function withColours(value, resolve) {
  if (typeof value === "string") {
    return value.includes("var(--") ? resolve(value) : value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => withColours(item, resolve));
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withColours(item, resolve)]));
  }
  return value;
}

/** Paints one pixel with a colour, in whatever notation, and reads it. */
function painted(pixel, colour) {
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
  return `rgba(${red}, ${green}, ${blue}, ${Math.round((alpha / 255) * 1000) / 1000})`;
}
