// The script that draws charts. It registers the parts of ECharts that the pages use and offers one function to
// them, `drawdownCharts.mount`. Options come from the server as JSON; colours in them are names from the style sheet,
// such as "var(--accent)", and are resolved here, again whenever the colour scheme changes.

import { init, use } from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import {
  AriaComponent,
  DatasetComponent,
  GridComponent,
  LegendPlainComponent,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
} from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

import { colourResolver, withColours } from "./colours.js";
import { tooltipFormatter } from "./tooltip.js";

use([
  AriaComponent,
  BarChart,
  CanvasRenderer,
  DatasetComponent,
  GridComponent,
  LegendPlainComponent,
  LineChart,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
]);

/**
 * Draws a chart into an element and keeps it fitting: its size, its colours and the wish for less motion.
 *
 * Beside ECharts' own keys, the option may have a key "drawdown":
 *   unit    what the values are, such as "credits" (tooltip)
 *   digits  decimals shown at most; 2 where absent
 *   sum     true: the tooltip ends with the sum of the series shown
 *   hidden  names of series that the tooltip leaves out
 *   notes   {label of a place: [text]}: what the tooltip says there beneath the figures
 *   labelsFrom  pixels: below this width points have no labels
 *   bands   [{name, low, span}]: two series that are drawn as a band, told as one line "low to low + span"
 *
 * @param {HTMLElement} element  its aria-label, where it has one, stays the chart's text alternative
 * @param {string} optionJson
 * @returns {{update: (optionJson: string) => void, dispose: () => void}}
 */
function mount(element, optionJson) {
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  const darkScheme = matchMedia("(prefers-color-scheme: dark)");
  const spokenByPage = element.getAttribute("aria-label");
  const chart = init(element, null, { renderer: "canvas" });
  let option = JSON.parse(optionJson);

  let labelled = true;

  const hasRoom = () => element.clientWidth >= (option.drawdown?.labelsFrom ?? 0);
  const render = () => {
    labelled = hasRoom();
    // Merged, but for the series, so that a tooltip stays while the page refreshes.
    const next = prepared(option, element, spokenByPage, reducedMotion.matches, labelled);
    chart.setOption(next, { replaceMerge: ["series"] });
  };
  const fit = () => {
    chart.resize();
    if (hasRoom() !== labelled) render();
  };
  const resizes = new ResizeObserver(fit);
  const themes = new MutationObserver(render);

  render();
  resizes.observe(element);
  themes.observe(document.documentElement, { attributeFilter: ["class", "data-theme"] });
  darkScheme.addEventListener("change", render);
  reducedMotion.addEventListener("change", render);

  return {
    update(nextJson) {
      option = JSON.parse(nextJson);
      render();
    },
    dispose() {
      resizes.disconnect();
      themes.disconnect();
      darkScheme.removeEventListener("change", render);
      reducedMotion.removeEventListener("change", render);
      chart.dispose();
    },
  };
}

/** The option as ECharts takes it: colours resolved, the page's font, tooltip and text alternative in place. */
function prepared(option, element, spokenByPage, stillness, labelled) {
  const { drawdown: ours = {}, ...theirs } = option;
  const resolver = colourResolver(element);
  const resolved = withColours(theirs, resolver.resolve);
  resolver.dispose();

  resolved.textStyle = { fontFamily: getComputedStyle(element).fontFamily, ...resolved.textStyle };
  resolved.aria = { ...resolved.aria, enabled: true };
  if (spokenByPage) {
    resolved.aria.label = { ...resolved.aria.label, description: spokenByPage };
  }
  if (resolved.tooltip && !resolved.tooltip.formatter) {
    resolved.tooltip = { className: "chart-tooltip", ...resolved.tooltip, formatter: tooltipFormatter(ours) };
  }
  if (!labelled) {
    for (const series of resolved.series ?? []) delete series.label;
  }
  if (stillness) {
    resolved.animation = false;
  }
  return resolved;
}

window.drawdownCharts = { mount };
document.dispatchEvent(new Event("drawdown-charts"));
