//! The servers: connections that are shared by all calls, and which server of a cluster has which slot.
//!
//! The client library's own cluster connection is not used, because it sends a command again when its answer was lost:
//! a conditional write that was done would then be reported as refused. Here a command goes out a second time only if it
//! changes nothing or the server said that it did not do it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, PushInfo, PushKind, RedisError,
    ServerErrorKind, Value, aio::MultiplexedConnection,
};
use tokio::time::{Instant, sleep, timeout_at};

use super::{config::Config, script::Script};
use crate::Error;

const SLOTS: u16 = 16_384;
/// How often one call may be sent on to another server.
const MAX_HOPS: u32 = 16;
/// How long one server may take to tell the layout of the cluster.
const LAYOUT_TIMEOUT: Duration = Duration::from_secs(1);

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What is sent.
pub(super) enum Request {
    Command(Cmd),
    Script { script: &'static Script, keys: Vec<Vec<u8>>, arguments: Vec<bytes::Bytes> },
}

/// Whether a request may be sent again when its answer was lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Read,
    Write,
}

/// Why a server gave no result.
enum Failure {
    /// Nothing was sent.
    Away(Cause),
    /// It was sent, and no answer came.
    Lost(Cause),
    /// The server said no.
    Refused(RedisError),
}

pub(super) struct Servers {
    config: Config,
    layout: RwLock<Arc<Layout>>,
    /// Held while the layout is asked for, so that many calls ask once.
    asking: tokio::sync::Mutex<()>,
    /// A server of the cluster failed: the layout is to be asked for before the next call.
    stale: AtomicBool,
}

/// Which server has which slot.
#[derive(Default)]
struct Layout {
    nodes: HashMap<String, Arc<Node>>,
    /// First slot, last slot, their server; in order.
    ranges: Vec<(u16, u16, Arc<Node>)>,
}

impl Layout {
    fn owner(&self, slot: u16) -> Option<&Arc<Node>> {
        let after = self.ranges.partition_point(|(first, _, _)| *first <= slot);
        let (_, last, node) = self.ranges.get(after.checked_sub(1)?)?;
        (slot <= *last).then_some(node)
    }
}

impl Servers {
    /// Nothing is connected before the first call.
    pub(super) fn new(config: Config) -> Result<Self, RedisError> {
        let mut layout = Layout::default();
        for info in &config.servers {
            let node = Arc::new(Node::new(info.clone(), &config)?);
            if !config.cluster {
                layout.ranges.push((0, SLOTS - 1, node.clone()));
            }
            layout.nodes.insert(node.name.clone(), node);
        }
        let stale = AtomicBool::new(config.cluster);
        Ok(Self { config, layout: RwLock::new(Arc::new(layout)), asking: tokio::sync::Mutex::default(), stale })
    }

    pub(super) const fn is_cluster(&self) -> bool {
        self.config.cluster
    }

    /// Sends `request` to the server of `slot`, and to where that server says.
    pub(super) async fn call(&self, slot: u16, request: &Request, effect: Effect) -> Result<Value, Error> {
        let deadline = Instant::now() + self.config.timeout;
        let mut whole = false;
        let mut command = request.command(whole);
        let mut hops = 0;
        let mut redirect: Option<(Arc<Node>, bool)> = None;
        let mut pause = Duration::from_millis(20);
        let mut lost_once = false;
        loop {
            let layout = self.fresh_layout(deadline).await?;
            let target = redirect.take().or_else(|| layout.owner(slot).map(|node| (node.clone(), false)));
            let failure = match &target {
                Some((node, ask)) => match node.send(command.as_ref(), *ask, deadline).await {
                    Ok(value) => return Ok(value),
                    Err(failure) => failure,
                },
                None => Failure::Away("no server of the cluster has this slot".into()),
            };
            let cause: Cause = match failure {
                Failure::Refused(error) => match error.kind() {
                    ErrorKind::Server(ServerErrorKind::NoScript) if !whole => {
                        whole = true;
                        command = request.command(whole);
                        redirect = target;
                        continue;
                    }
                    ErrorKind::Server(moved @ (ServerErrorKind::Moved | ServerErrorKind::Ask)) if hops < MAX_HOPS => {
                        hops += 1;
                        let ask = moved == ServerErrorKind::Ask;
                        if !ask {
                            self.stale.store(true, Ordering::Relaxed);
                        }
                        redirect = self.named(&error, target.as_ref().map(|(node, _)| &**node)).map(|node| (node, ask));
                        continue;
                    }
                    // A slot that is on its way, or a server that has just become a replica.
                    ErrorKind::Server(
                        ServerErrorKind::TryAgain
                        | ServerErrorKind::ClusterDown
                        | ServerErrorKind::MasterDown
                        | ServerErrorKind::ReadOnly,
                    ) if self.config.cluster => error.into(),
                    _ => return Err(refused(error, effect)),
                },
                Failure::Lost(cause) if effect == Effect::Write => {
                    self.stale.store(self.config.cluster, Ordering::Relaxed);
                    return Err(Error::unknown(cause));
                }
                // A connection that had just ended says nothing of the server.
                Failure::Lost(_) if !lost_once && !self.config.cluster => {
                    lost_once = true;
                    continue;
                }
                Failure::Lost(cause) | Failure::Away(cause) => cause,
            };
            if !self.config.cluster {
                return Err(Error::unavailable(cause));
            }
            self.stale.store(true, Ordering::Relaxed);
            if Instant::now() + pause >= deadline {
                return Err(Error::unavailable(cause));
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(400));
        }
    }

    /// Whether every server that has slots answers.
    pub(super) async fn ping(&self) -> Result<(), Error> {
        let deadline = Instant::now() + self.config.timeout;
        let layout = self.fresh_layout(deadline).await?;
        let command = redis::cmd("PING");
        for (_, _, node) in &layout.ranges {
            if let Err(failure) = node.send(&command, false, deadline).await {
                self.stale.store(self.config.cluster, Ordering::Relaxed);
                return Err(match failure {
                    Failure::Away(cause) | Failure::Lost(cause) => Error::unavailable(cause),
                    Failure::Refused(error) => Error::unavailable(error),
                });
            }
        }
        Ok(())
    }

    fn layout(&self) -> Arc<Layout> {
        self.layout.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The layout, asked for again if a call has found it wanting.
    async fn fresh_layout(&self, deadline: Instant) -> Result<Arc<Layout>, Error> {
        if !self.stale.load(Ordering::Relaxed) {
            return Ok(self.layout());
        }
        let Ok(_one) = timeout_at(deadline, self.asking.lock()).await else {
            return Err(Error::unavailable("the layout of the cluster could not be had in time"));
        };
        if !self.stale.swap(false, Ordering::Relaxed) {
            return Ok(self.layout());
        }
        match timeout_at(deadline, self.ask()).await {
            Ok(Ok(layout)) => {
                let layout = Arc::new(layout);
                *self.layout.write().unwrap_or_else(PoisonError::into_inner) = layout.clone();
                Ok(layout)
            }
            failed => {
                self.stale.store(true, Ordering::Relaxed);
                let cause = failed.map_or_else(Into::into, |asked| asked.err().unwrap_or_else(|| "no layout".into()));
                Err(Error::unavailable(cause))
            }
        }
    }

    /// Asks the known servers for the layout, one after the other, until one tells it.
    async fn ask(&self) -> Result<Layout, Cause> {
        let mut command = redis::cmd("CLUSTER");
        command.arg("SLOTS");
        let known = self.layout();
        let mut last: Cause = "no server of the cluster is known".into();
        // Each server from the URL stays known, so that a cluster that moved away altogether is found again.
        for node in known.nodes.values() {
            match node.send(&command, false, Instant::now() + LAYOUT_TIMEOUT).await {
                Ok(answer) => match self.parse_layout(&answer, node, &known) {
                    Some(layout) if !layout.ranges.is_empty() => return Ok(layout),
                    _ => last = "a server told no layout of the cluster".into(),
                },
                Err(Failure::Away(cause) | Failure::Lost(cause)) => last = cause,
                Err(Failure::Refused(error)) => last = error.into(),
            }
        }
        Err(last)
    }

    fn parse_layout(&self, answer: &Value, asked: &Node, known: &Layout) -> Option<Layout> {
        let mut layout = Layout::default();
        for info in &self.config.servers {
            let name = info.addr().to_string();
            layout.nodes.insert(name.clone(), known.nodes.get(&name)?.clone());
        }
        for range in array(answer)? {
            let [Value::Int(first), Value::Int(last), master, ..] = array(range)? else { return None };
            let [host, Value::Int(port), ..] = array(master)? else { return None };
            // No name means: where you reached me.
            let host = match host {
                Value::BulkString(host) if !host.is_empty() && host != b"?" => std::str::from_utf8(host).ok()?,
                _ => asked.host(),
            };
            let node = self.node(host, u16::try_from(*port).ok()?, known).ok()?;
            layout.nodes.insert(node.name.clone(), node.clone());
            layout.ranges.push((u16::try_from(*first).ok()?, u16::try_from(*last).ok()?, node));
        }
        layout.ranges.sort_by_key(|(first, _, _)| *first);
        Some(layout)
    }

    /// The server that a redirection names.
    fn named(&self, error: &RedisError, from: Option<&Node>) -> Option<Arc<Node>> {
        let (host, port) = error.redirect_node()?.0.rsplit_once(':')?;
        let host = if host.is_empty() { from?.host() } else { host };
        let layout = self.layout();
        let node = self.node(host, port.parse().ok()?, &layout).ok()?;
        if !layout.nodes.contains_key(&node.name) {
            // Kept, so that further redirections find its connections.
            let mut nodes = layout.nodes.clone();
            nodes.insert(node.name.clone(), node.clone());
            let ranges = layout.ranges.clone();
            *self.layout.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Layout { nodes, ranges });
        }
        Some(node)
    }

    fn node(&self, host: &str, port: u16, known: &Layout) -> Result<Arc<Node>, RedisError> {
        let model = &self.config.servers[0];
        let address = match model.addr() {
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => ConnectionAddr::TcpTls {
                host: host.to_owned(),
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => ConnectionAddr::Tcp(host.to_owned(), port),
        };
        match known.nodes.get(&address.to_string()) {
            Some(node) => Ok(node.clone()),
            None => Ok(Arc::new(Node::new(model.clone().set_addr(address), &self.config)?)),
        }
    }
}

fn array(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(values) => Some(values),
        _ => None,
    }
}

impl Request {
    /// The command as it is sent; a script by its hash, or `whole` for a server that has not seen it yet.
    fn command(&self, whole: bool) -> std::borrow::Cow<'_, Cmd> {
        match self {
            Self::Command(command) => std::borrow::Cow::Borrowed(command),
            Self::Script { script, keys, arguments } => {
                let size = keys.iter().map(Vec::len).chain(arguments.iter().map(bytes::Bytes::len)).sum::<usize>();
                let mut command = Cmd::with_capacity(keys.len() + arguments.len() + 3, size + script.code().len());
                if whole {
                    command.arg("EVAL").arg(script.code());
                } else {
                    command.arg("EVALSHA").arg(script.hash());
                }
                command.arg(keys.len());
                for key in keys {
                    command.arg(&key[..]);
                }
                for argument in arguments {
                    command.arg(&argument[..]);
                }
                std::borrow::Cow::Owned(command)
            }
        }
    }
}

/// One server and the connections to it. Each carries the commands of many calls at once.
struct Node {
    name: String,
    client: Client,
    lanes: Vec<Lane>,
    turn: AtomicUsize,
    timeout: Duration,
}

#[derive(Default)]
struct Lane {
    open: Mutex<Option<Link>>,
    /// Held while connecting, so that many calls make one connection.
    opening: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Link {
    connection: MultiplexedConnection,
    alive: Arc<AtomicBool>,
}

impl Node {
    fn new(info: ConnectionInfo, config: &Config) -> Result<Self, RedisError> {
        let name = info.addr().to_string();
        let lanes = (0..config.connections).map(|_| Lane::default()).collect();
        Ok(Self { name, client: Client::open(info)?, lanes, turn: AtomicUsize::new(0), timeout: config.timeout })
    }

    fn host(&self) -> &str {
        match self.client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host,
            _ => "",
        }
    }

    async fn send(&self, command: &Cmd, asking: bool, deadline: Instant) -> Result<Value, Failure> {
        let lane = &self.lanes[self.turn.fetch_add(1, Ordering::Relaxed) % self.lanes.len()];
        let mut link = match timeout_at(deadline, lane.link(self)).await {
            Ok(Ok(link)) => link,
            Ok(Err(error)) => return Err(Failure::Away(error.into())),
            Err(elapsed) => return Err(Failure::Away(elapsed.into())),
        };
        let sent = async {
            if asking {
                let mut both = redis::pipe();
                both.cmd("ASKING").ignore().add_command(command.clone());
                let (value,): (Value,) = both.query_async(&mut link.connection).await?;
                Ok(value)
            } else {
                link.connection.send_packed_command(command).await?.extract_error()
            }
        };
        match timeout_at(deadline, sent).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) if matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension) => {
                Err(Failure::Refused(error))
            }
            Ok(Err(error)) => {
                link.alive.store(false, Ordering::Relaxed);
                Err(Failure::Lost(error.into()))
            }
            // The connection may be gone without a word; another one tells.
            Err(elapsed) => {
                link.alive.store(false, Ordering::Relaxed);
                Err(Failure::Lost(elapsed.into()))
            }
        }
    }
}

impl Lane {
    fn live(&self) -> Option<Link> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.as_ref().filter(|link| link.alive.load(Ordering::Relaxed)).cloned()
    }

    async fn link(&self, node: &Node) -> Result<Link, RedisError> {
        if let Some(link) = self.live() {
            return Ok(link);
        }
        let _one = self.opening.lock().await;
        if let Some(link) = self.live() {
            return Ok(link);
        }
        let alive = Arc::new(AtomicBool::new(true));
        let told = alive.clone();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(node.timeout))
            .set_response_timeout(None) // `send` has the deadline of the whole call
            .set_push_sender(move |push: PushInfo| -> Result<(), std::convert::Infallible> {
                if push.kind == PushKind::Disconnection {
                    told.store(false, Ordering::Relaxed);
                }
                Ok(())
            });
        let connection = node.client.get_multiplexed_async_connection_with_config(&config).await?;
        let link = Link { connection, alive };
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(link.clone());
        Ok(link)
    }
}

/// The slot of a hash tag: CRC-16 (XMODEM), as the cluster specification says.
pub(super) fn slot(tag: &[u8]) -> u16 {
    let mut crc: u16 = 0;
    for byte in tag {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
        }
    }
    crc % SLOTS
}

/// What a server's refusal means. An error inside a script says `ERR`: what the script had done by then stays done.
/// Every other word refuses the command before it begins.
fn refused(error: RedisError, effect: Effect) -> Error {
    match (error.code(), effect) {
        (Some("ERR") | None, Effect::Write) => Error::unknown(error),
        _ => Error::unavailable(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(slot(b"123456789"), 0x31c3);
        assert_eq!(slot(b"foo"), 12_182);
    }
}
