/** The page's style. Light and dark follow the system. */
export const STYLE: string = String.raw`
:root {
  --bg: #f5f6f8; --card: #fff; --line: #e0e3e8; --text: #1b2027; --soft: #5a6472; --accent: #2158c7; --on-accent: #fff;
  --ok: #146c43; --ok-bg: #dcf3e6; --warn: #8a4b00; --warn-bg: #fdeecf; --bad: #a81d2b; --bad-bg: #fde2e4; --bar: #2f6fe0; --bar-warn: #d88a1b; --mark: #fff3c4;
  --shadow: 0 1px 2px rgb(16 24 40 / 6%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #0f1216; --card: #181c22; --line: #2c333d; --text: #e8ebf0; --soft: #a3adba; --accent: #8ab1ff; --on-accent: #0c1830;
    --ok: #7edcab; --ok-bg: #123324; --warn: #f6c56b; --warn-bg: #3a2a0b; --bad: #ff9da5; --bad-bg: #43181d; --bar: #6b9dff; --bar-warn: #eaa945; --mark: #4a3f10;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--bg); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; padding: 14px max(20px, calc(50vw - 600px)); background: var(--card); border-bottom: 1px solid var(--line); }
main { max-width: 1240px; margin: 0 auto; padding: 20px; outline: none; }
h1 { display: flex; flex-wrap: wrap; gap: 0 8px; margin: 0; font-size: 17px; font-weight: 650; min-width: 0; }
.brand { letter-spacing: -0.01em; }
.name { color: var(--soft); font-weight: 500; overflow-wrap: anywhere; }
h2 { margin: 0 0 10px; font-size: 15px; font-weight: 650; }
h3 { margin: 0; font-size: 13px; font-weight: 600; }
section { margin-top: 28px; }
p { margin: 0; }
.space { flex: 1; }
.mode, .note { color: var(--soft); font-size: 13px; }
.note { margin: 8px 0; }
.note:empty { display: none; }
.pill { display: inline-block; padding: 2px 10px; border-radius: 999px; font-size: 13px; font-weight: 600; white-space: nowrap; background: var(--line); }
.ok { color: var(--ok); background: var(--ok-bg); } .warn { color: var(--warn); background: var(--warn-bg); } .bad { color: var(--bad); background: var(--bad-bg); }
.trouble { padding: 10px max(20px, calc(50vw - 600px)); color: var(--bad); background: var(--bad-bg); font-weight: 600; }
button, input { font: inherit; color: inherit; }
button { min-height: 34px; padding: 4px 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); cursor: pointer; white-space: nowrap; }
button:hover:not(:disabled) { border-color: var(--accent); }
button:disabled { opacity: 0.55; cursor: default; }
.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
.danger { color: var(--bad); }
.danger.sure { background: var(--bad); border-color: var(--bad); color: var(--card); font-weight: 600; }
input { width: 100%; min-height: 36px; padding: 6px 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
input::placeholder { color: var(--soft); opacity: 1; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
#live { display: inline-flex; align-items: center; gap: 8px; }
.dot { width: 8px; height: 8px; border-radius: 50%; background: var(--soft); }
#live[aria-pressed="true"] .dot { background: #22a565; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 12px; top: 12px; z-index: 2; padding: 8px 12px; background: var(--card); color: var(--accent); border-radius: 8px; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; margin-bottom: 10px; }
.bar h2 { flex: 1 0 auto; margin: 0; }
.field { position: relative; display: block; width: min(280px, 100%); }
.grow { flex: 1; width: auto; min-width: 0; }
.search { flex-wrap: nowrap; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; margin: 0; }
.tile { display: flex; flex-direction: column; padding: 14px 16px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); min-width: 0; }
.tile dt { color: var(--soft); font-size: 13px; }
.tile dd { margin: 2px 0 0; font-size: 26px; line-height: 1.25; font-weight: 650; letter-spacing: -0.02em; overflow-wrap: anywhere; }
.tile.is-warn dd { color: var(--warn); } .tile.is-bad dd { color: var(--bad); } .tile.is-ok dd { color: var(--ok); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); overflow: hidden; }
.empty { padding: 28px 20px; text-align: center; color: var(--soft); }
.empty strong { display: block; color: var(--text); font-size: 16px; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th { padding: 10px 14px; text-align: left; font-size: 12px; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--line); }
td { padding: 10px 14px; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; }
.num { text-align: right; white-space: nowrap; }
.c-key { width: 21%; } .c-num { width: 112px; } .c-time { width: 146px; white-space: nowrap; } .c-do { width: 104px; text-align: right; }
td.do { text-align: right; }
td button { min-height: 30px; margin: -3px 0; padding: 2px 10px; font-size: 13px; }
.key { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; unicode-bidi: isolate; overflow-wrap: anywhere; }
td .key { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; }
.ctl { padding: 0 3px; margin: 0 1px; border-radius: 4px; background: var(--line); color: var(--soft); font-size: 0.85em; }
.why { display: block; }
.why .text { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; unicode-bidi: isolate; }
.code { color: var(--soft); font-size: 12px; }
details > summary { cursor: pointer; color: var(--soft); font-size: 13px; }
.causes { margin: 4px 0 0; padding-left: 14px; border-left: 2px solid var(--line); list-style: none; font-size: 13px; }
.causes li { margin-top: 4px; unicode-bidi: isolate; max-height: 12em; overflow: auto; }
.pager { display: flex; align-items: center; justify-content: center; gap: 12px; margin-top: 10px; color: var(--soft); font-size: 13px; }
.plots { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; }
.plot { padding: 14px 16px 10px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); min-width: 0; }
.plot .top { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 8px; align-items: baseline; }
.plot .sum { color: var(--soft); font-size: 13px; }
.plot svg { display: block; width: 100%; height: 96px; margin-top: 8px; overflow: visible; }
.plot .ends { margin-top: 4px; display: flex; justify-content: space-between; color: var(--soft); font-size: 12px; }
.axis { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.bars { fill: var(--bar); } .bars.is-warn { fill: var(--bar-warn); }
.stores { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); gap: 12px; }
.store { padding: 14px 16px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); }
.store .top { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; margin-bottom: 4px; }
.store .role { color: var(--soft); font-size: 13px; }
.store .more { font-size: 13px; overflow-wrap: anywhere; }
dialog { width: min(1100px, calc(100vw - 32px)); max-height: calc(100dvh - 32px); padding: 20px; border: 1px solid var(--line); border-radius: 14px; background: var(--card); color: var(--text); overflow: auto; }
dialog::backdrop { background: rgb(0 0 0 / 45%); }
.dialog-head { display: flex; align-items: flex-start; gap: 12px; }
.dialog-head h2 { flex: 1; margin: 0; font-size: 14px; max-height: 9em; overflow: auto; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; }
.actions:empty { display: none; }
.generations { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 12px; margin-top: 14px; }
.generation { display: flex; flex-direction: column; border: 1px solid var(--line); border-radius: 10px; min-width: 0; overflow: hidden; }
.generation .top { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 10px; padding: 10px 12px; border-bottom: 1px solid var(--line); }
.generation dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 12px; margin: 0; padding: 10px 12px; font-size: 13px; }
.generation dt { color: var(--soft); } .generation dd { margin: 0; overflow-wrap: anywhere; unicode-bidi: isolate; }
pre { margin: 0; padding: 10px 12px; border-top: 1px solid var(--line); font: 12.5px/1.55 ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 420px; overflow: auto; flex: 1; }
pre .differs { display: block; background: var(--mark); margin: 0 -12px; padding: 0 12px; }
pre .same { display: block; }
@media (max-width: 1000px) { .tiles, .plots { grid-template-columns: repeat(2, 1fr); } }
@media (max-width: 820px) {
  main { padding: 16px; } header { padding: 12px 16px; } .trouble { padding: 10px 16px; }
  table.cards, .cards tbody, .cards tr, .cards td { display: block; }
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards tr { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 8px 16px; padding: 14px; border-bottom: 1px solid var(--line); }
  .cards tr:last-child { border-bottom: 0; }
  .cards td { width: auto; padding: 0; border: 0; text-align: left; }
  .cards td::before { content: attr(data-label); display: block; color: var(--soft); font-size: 12px; }
  .cards td.wide, .cards td.do { grid-column: 1 / -1; } .cards td.wide::before, .cards td.do::before { display: none; }
  td button { min-height: 36px; margin: 0; padding: 4px 14px; }
}
@media (max-width: 460px) {
  .plots { grid-template-columns: 1fr; } .tiles { gap: 8px; } .tile { padding: 10px 12px; } .tile dd { font-size: 21px; } dialog { padding: 14px; width: calc(100vw - 16px); }
  .mode { display: none; } h1 { flex: 1 0 100%; } .bar .field { width: 100%; }
}
@media (prefers-reduced-motion: no-preference) { .dot { transition: background 0.2s; } }
`;
