// SPDX-License-Identifier: MIT
// second.js: llhttp, as Node's own server has it, over streams of bytes.  Standard input:
// [{kind, method, data}...], data in hex; standard output: for each stream the messages that
// ended, and {error} where reading stopped.
'use strict';
const { HTTPParser, methods } = require('_http_common');

function pairs(flat) {
	const list = [];
	for (let i = 0; i < flat.length; i += 2)
		list.push([flat[i], flat[i + 1]]);
	return list;
}

function messagesOf(stream) {
	const request = stream.kind === 'request';
	const parser = new HTTPParser();
	const found = [];
	let flat = [], url = '', message = null;

	parser.initialize(request ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, 1 << 20, 0);
	// Many fields come in several pieces.  Those behind a body are trailers: not compared.
	parser[HTTPParser.kOnHeaders] = (some, more) => {
		flat.push(...some);
		url += more;
	};
	parser[HTTPParser.kOnHeadersComplete] = (major, minor, some, method, target, status, reason) => {
		const fields = pairs(flat.concat(some || []));
		const start = request ? [methods[method], url + (target || '')] : [String(status), reason];

		message = { start, fields, body: '' };
		flat = [];
		url = '';
		// Who asked says that no body follows; the llhttp of Node 18 has to be told of 304, too.
		const none = stream.method === 'HEAD' && status >= 200 || status === 304;
		return !request && none ? 1 : 0;
	};
	parser[HTTPParser.kOnBody] = (data) => {
		message.body += Buffer.from(data).toString('hex');
	};
	parser[HTTPParser.kOnMessageComplete] = () => {
		flat = [];
		found.push(message);
		message = null;
	};
	const n = parser.execute(Buffer.from(stream.data, 'hex'));
	if (n instanceof Error)
		found.push({ error: n.code + ' ' + (n.reason || ''), at: n.bytesParsed });
	else
		parser.finish();
	return found;
}

const streams = JSON.parse(require('fs').readFileSync(0));
process.stdout.write(JSON.stringify(streams.map(messagesOf)));
