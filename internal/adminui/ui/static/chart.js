// Draws each chart from the table with its numbers. Where this does not run, bars that the server drew stay.
"use strict";
(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = (cell) => { const n = Number(cell.textContent.replaceAll(",", "")); return Number.isNaN(n) ? null : n; };

  const twice = (list) => list.flatMap((v) => [v, v]);

  // Each row is two points, the beginning and the end of its time: so the last one, and one between gaps, has a width as well.
  function read(table, seconds) {
    const rows = [...table.tBodies[0].rows];
    const names = [...table.tHead.rows[0].cells].slice(1).map((c) => c.textContent);
    const columns = names.map((_, i) => twice(rows.map((r) => number(r.cells[i + 1]))));
    return { names, data: [rows.flatMap((r) => [Number(r.dataset.at), Number(r.dataset.at) + seconds - 1]), ...columns] };
  }

  function options(figure, names) {
    const ink = colour("--pico-muted-color"), line = colour("--line");
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    const daily = figure.dataset.daily === "true"; // days are those of UTC, hours are shown in the reader's zone
    return {
      width: figure.clientWidth, height: 240, padding: [null, 40, null, null], // half of the last label
      cursor: { dataIdx: (_, __, i) => i - (i % 2) }, // tells when a time begins
      tzDate: daily ? (t) => uPlot.tzDate(new Date(t * 1e3), "Etc/UTC") : undefined,
      scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
      axes: [axis, { ...axis, size: 70, values: (_, all) => all.map((v) => (Number.isInteger(v) ? v.toLocaleString("en") : "")) }],
      series: [{ value: daily ? "{YYYY}-{MM}-{DD}" : "{YYYY}-{MM}-{DD} {HH}:{mm}" }, ...names.map((label, i) => ({
        label, stroke: colour(`--c${i}`), width: 2, points: { show: false },
        value: (_, v) => (v === null ? "–" : v.toLocaleString("en")),
      }))],
    };
  }

  const plots = new Map(); // by figure
  const widths = new ResizeObserver((entries) => entries.forEach(({ target: figure }) => {
    const plot = plots.get(figure);
    if (plot.width !== figure.clientWidth) plot.setSize({ width: figure.clientWidth, height: 240 });
  }));

  function draw(figure) {
    const { names, data } = read(document.getElementById(figure.dataset.chart), figure.dataset.daily === "true" ? 86400 : 3600);
    figure.querySelectorAll("svg, .legend").forEach((e) => e.remove());
    plots.get(figure)?.destroy();
    const plot = new uPlot(options(figure, names), data, figure);
    plot.root.setAttribute("aria-hidden", "true"); // the table says it better
    plots.set(figure, plot);
    widths.observe(figure);
  }

  const all = () => document.querySelectorAll("figure[data-chart]").forEach(draw);
  document.addEventListener("DOMContentLoaded", all);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
})();
