"use strict";
// Sorts and searches the table of students. Without it, the rows are there in the order that matters.
const table = document.getElementById("all");
const body = table.tBodies[0];
const rows = Array.from(body.rows);
const number = (text) => (text.trim() === "" ? NaN : Number(text));

function compare(column, sign) {
  return (a, b) => {
    const [left, right] = [a.cells[column].dataset.value ?? a.cells[column].textContent,
      b.cells[column].dataset.value ?? b.cells[column].textContent];
    const [x, y] = [number(left), number(right)];
    if (!Number.isNaN(x) && !Number.isNaN(y)) return sign * (x - y);
    if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
    return sign * left.localeCompare(right);
  };
}

Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  head.replaceChildren(button);
  button.addEventListener("click", () => {
    const falls = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", falls ? "descending" : "ascending");
    body.append(...rows.sort(compare(column, falls ? -1 : 1)));
  });
});

const search = document.getElementById("search");
const count = document.getElementById("count");
const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
document.getElementById("searching").hidden = false;
search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    row.hidden = !words.every((word) => texts.get(row).includes(word));
    shown += row.hidden ? 0 : 1;
  }
  count.textContent = `${shown} of ${rows.length}`;
});
