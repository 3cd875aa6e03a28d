// A button with an image, named by its title.
export function imageButton(title, canvas, onClick) {
  const button = document.createElement("button");
  button.type = "button";
  button.title = title;
  button.setAttribute("aria-label", title);
  // An <img>: the pad has only one canvas, to draw on.
  const image = Object.assign(new Image(), { src: canvas.toDataURL(), alt: "", draggable: false });
  button.append(image);
  button.addEventListener("click", onClick);
  return button;
}
