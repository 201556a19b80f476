// @tus/server with its store of files, as its README shows it: `node tus_server.mjs PORT FOLDER`, run where it is installed.
import { createRequire } from 'node:module'
import path from 'node:path'

const require = createRequire(path.join(process.cwd(), 'package.json'))
const { Server } = require('@tus/server')
const { FileStore } = require('@tus/file-store')
const [port, directory] = process.argv.slice(2)

new Server({ path: '/files', datastore: new FileStore({ directory }) }).listen({ host: '127.0.0.1', port: Number(port) })
