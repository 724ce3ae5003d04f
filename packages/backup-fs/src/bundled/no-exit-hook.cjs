/**
 * The build puts this in the place of `signal-exit` for proper-lockfile. signal-exit listens to SIGTERM, SIGINT and others,
 * and ends the process by itself when no other listener is left. A lock that is left behind is taken over instead.
 */
module.exports = () => undefined;
