/* SPDX-License-Identifier: MIT */
/*
 * html_page - style and script of the page that html.c writes.  The policy in
 * the page names the script by its SHA-256: tests/e2e/text.sh compares, so a
 * change of the script is a change of HTML_SCRIPT_HASH.
 */
#ifndef VIEWER_HTML_PAGE_H
#define VIEWER_HTML_PAGE_H

#define HTML_STYLE                                                                             \
	":root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--dim:#57606a;--line:#d0d7de;"   \
	"--err:#a40e26;--warn:#7d4e00;--mark:#fff3b0;--bar:#54769c}\n"                         \
	"@media(prefers-color-scheme:dark){:root{--fg:#e6edf3;--bg:#0d1117;--dim:#9da7b1;"     \
	"--line:#30363d;--err:#ff938a;--warn:#e3b341;--mark:#4b3b00;--bar:#6f9bd1}}\n"         \
	"body{font:14px/1.45 system-ui,sans-serif;color:var(--fg);background:var(--bg);"       \
	"margin:0 auto;padding:1em;max-width:110em}\n"                                         \
	"h1{font-size:1.25em;overflow-wrap:anywhere;margin:.2em 0}h2{font-size:1.05em}\n"      \
	"a{color:inherit}table{border-collapse:collapse}\n"                                    \
	"th,td{text-align:left;vertical-align:top;padding:.1em 1em .1em 0;"                    \
	"overflow-wrap:anywhere}th{color:var(--dim);font-weight:normal;min-width:9em}\n"       \
	".n{text-align:right;white-space:nowrap}.m,.e summary,pre{font-family:ui-monospace,"   \
	"monospace;font-size:13px}\n"                                                          \
	".banner{border-left:4px solid var(--err);padding:.3em .8em}\n"                        \
	".part>details>summary{font-size:1.05em;font-weight:bold;margin:.8em 0 .3em;"        \
	"cursor:pointer}\n"                                                                    \
	".tools{position:sticky;top:0;background:var(--bg);padding:.4em 0;display:none;"       \
	"gap:1em;flex-wrap:wrap;border-bottom:1px solid var(--line)}.js .tools{display:flex}\n"\
	".tools input[type=search]{font:inherit;min-width:20em}\n"                             \
	".e{border-top:1px solid var(--line);padding-left:calc(var(--d)*1em)}\n"               \
	".e>summary{display:grid;grid-template-columns:4em 7.5em 5em 1.5em minmax(12em,22em)"  \
	" 1fr;gap:.6em;cursor:pointer;list-style:none}\n"                                      \
	".e>summary>*{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}\n"            \
	".e:target>summary{background:var(--mark)}.e>table{margin:.2em 0 .6em 4.6em}\n"        \
	".l1,.l2,.bad{color:var(--err)}.l3,.warn{color:var(--warn)}.dim{color:var(--dim)}\n"   \
	".bar{width:16em}.bar i{display:block;height:.7em;background:var(--bar);"              \
	"min-width:2px}\n"                                                                     \
	"[hidden]{display:none!important}\n"                                                   \
	"@media print{.tools{display:none!important}.e{break-inside:avoid}"                    \
	":root{--fg:#000;--bg:#fff;--dim:#444;--line:#bbb}}\n"

#define HTML_SCRIPT                                                                            \
	"(function(){'use strict';var d=document,r=d.documentElement,t=0;"                     \
	"r.classList.add('js');\n"                                                             \
	"function look(s){var q=s.querySelector('input[type=search]').value.toLowerCase(),"    \
	"on={},n=0;\n"                                                                         \
	"s.querySelectorAll('input[type=checkbox]').forEach(function(c){"                      \
	"on[c.value]=c.checked});\n"                                                           \
	"s.querySelectorAll('.e').forEach(function(e){var ok=on[e.dataset.l]!==false&&"        \
	"(!q||e.textContent.toLowerCase().indexOf(q)>=0);e.hidden=!ok;if(ok)n++});\n"          \
	"s.querySelector('output').textContent=n+' events'}\n"                                 \
	"d.querySelectorAll('section').forEach(function(s){"                                   \
	"s.querySelector('.tools').addEventListener('input',function(){"                       \
	"clearTimeout(t);t=setTimeout(look,150,s)});look(s)});\n"                              \
	"function show(){var e=location.hash&&d.getElementById(location.hash.slice(1));"       \
	"if(e){e.hidden=false;e.open=true;e.scrollIntoView({block:'center'})}}\n"              \
	"addEventListener('hashchange',show);show()})();\n"

#define HTML_SCRIPT_HASH "sha256-8HhpK/vfVLmBNtOvJ0Ygy1smn0eB8ThfyJONPfFVQzs="

#endif
