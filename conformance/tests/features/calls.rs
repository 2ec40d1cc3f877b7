//! System calls: what each takes, answers and fills in.
use super::{BSD, GOOGLE, How, IPV6, Row, check};
use stackdrill::Profile;

/// Google's dialect over IPv4, as Linux has it.
const LINUX: How = How { profile: Profile::Linux, ..GOOGLE };

/// Two connections of the option that leaves the SYN to the first text.
macro_rules! by_connect {
    ($second:literal) => {
        concat!(
            "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
            "+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN_CONNECT, [1], 4) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (asks)\n",
            "+0 > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7,FO,nop,nop>\n",
            "+0 < S. 0:0(0) ack 1 win 5792 <mss 1460,nop,nop,sackOK,FO abcd1234,nop,nop>\n+0 > . 1:1(0) ack 1\n",
            "+0 close(3) = 0\n+0 > F. 1:1(0) ack 1\n+0 < F. 1:1(0) ack 2 win 92\n+0 > . 2:2(0) ack 2\n",
            "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
            "+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN_CONNECT, [1], 4) = 0\n+0 connect(3, ..., ...) = 0\n",
            "+0 write(3, ..., 100) = 100\n",
            $second
        )
    };
}

/// Making sockets, and connecting them.
const OPENING: &[Row] = &[
    Row::new(
        "socket",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 socket(AF_INET, SOCK_DGRAM, 0) = 4",
        "0 socket(..., SOCK_STREAM, IPPROTO_UDP) = 3",
        "fail: socket returned -1 EPROTONOSUPPORT, not 3",
    ),
    Row::new(
        "socket with SOCK_NONBLOCK",
        "0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n+0 fcntl(3, F_GETFL) = 0x802 (flags)",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_GETFL) = 0x802 (flags)",
        "fail: fcntl returned 2, not 2050",
    ),
    Row::new(
        "bind, once",
        "{listening}+0 bind(3, ..., ...) = -1 EINVAL (bound)",
        "{listening}+0 bind(3, ..., ...) = 0",
        "fail: bind returned -1 EINVAL, not 0",
    ),
    Row::new(
        "listen",
        "{listening}+0 listen(3, 5) = 0",
        "{udp}+0 listen(3, 5) = 0",
        "fail: listen returned -1 EOPNOTSUPP, not 0",
    ),
    Row::new(
        "accept that would wait",
        "{listening}+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 accept(3, ..., ...) = -1 EAGAIN (nobody)",
        "{listening}+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 accept(3, ..., ...) = -1 EINVAL (no)",
        "fail: accept set errno to EAGAIN, not EINVAL",
    ),
    Row::new(
        "accept binds the newest connection",
        "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1",
        "{established}+0 accept(3, ..., ...) = 5",
        "fail: accept blocks",
    ),
    Row::new(
        "connect",
        "{connected}+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0\n+0 connect(3, ..., ...) = -1 EISCONN (is)",
        "{connected}+0 connect(3, ..., ...) = 0",
        "fail: connect returned -1 EISCONN, not 0",
    ),
    Row::new(
        "connect says once that the handshake has ended",
        "{connected}+0 connect(3, ..., ...) = 0\n+0 connect(3, ..., ...) = -1 EISCONN (is)",
        "{connected}+0 connect(3, ..., ...) = -1 EALREADY (going on)",
        "fail: connect returned 0, not -1",
    )
    .under(LINUX),
    Row::new(
        "the reset of connect to AF_UNSPEC is the socket's own",
        "{calling}+0 connect(3, AF_UNSPEC, ...) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (anew)\n+0 > S 0:0(0) <...>",
        "{connected}+0 connect(3, AF_UNSPEC, ...) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (anew)\n+0 > S 0:0(0) <...>",
        "fail: flags: expected S, seen R.",
    ),
    Row::new(
        "connect to AF_UNSPEC",
        "{connected}+0 connect(3, AF_UNSPEC, ...) = 0\n+0 > R. 1:1(0) ack 1\n+0 connect(3, ..., ...) = -1 EINPROGRESS (anew)\n+0 > S 0:0(0) <...>",
        "{connected}+0 connect(3, AF_UNSPEC, ...) = -1 EINVAL (no)",
        "fail: connect returned 0, not -1",
    ),
];

/// Reading and writing.
const TRANSFER: &[Row] = &[
    Row::new(
        "read, recv, recvfrom, readv",
        data!("{established}", "+0 read(4, ..., 10) = 10\n+0 recv(4, ..., 20, 0) = 20\n+0 recvfrom(4, ..., 30, 0, ..., ...) = 30\n+0 readv(4, [{..., 10}, {..., 90}], 2) = 40\n"),
        data!("{established}", "+0 readv(4, [{..., 10}, {..., 20}], 2) = 100\n"),
        "fail: readv returned 30, not 100",
    ),
    Row::new(
        "write, send, sendto, writev",
        "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+0 < . 1:1(0) ack 11 win 65535
+0 send(4, ..., 3, 0) = 3\n+0 > P. 11:14(3) ack 1\n+0 < . 1:1(0) ack 14 win 65535
+0 writev(4, [{..., 4}, {..., 6}], 2) = 10\n+0 > P. 14:24(10) ack 1",
        "{established}+0 writev(4, [{..., 4}, {..., 6}], 2) = 4",
        "fail: writev returned 10, not 4",
    ),
    Row::new(
        "sendto on a connected stream",
        "{established}+0 sendto(4, ..., 10, 0, ..., ...) = 10\n+0 > P. 1:11(10) ack 1",
        "{established}+0 sendto(4, ..., 10, 0, ..., ...) = -1 EISCONN (connected)",
        "fail: sendto returned 10, not -1",
    )
    .under(LINUX),
    Row::new(
        "as many iovecs as the count says",
        "{established}+0 writev(4, [{..., 4}], 1) = 4",
        "{established}+0 writev(4, [{..., 4}], 2) = 4",
        "error: argument 3 of writev must be the number of iovecs",
    ),
    Row::new(
        "MSG_PEEK",
        data!("{established}", "+0 recv(4, ..., 100, MSG_PEEK) = 100\n+0 read(4, ..., 200) = 100\n"),
        data!("{established}", "+0 recv(4, ..., 100, MSG_PEEK) = 100\n+0 read(4, ..., 200) = 200\n"),
        "fail: read returned 100, not 200",
    ),
    Row::new(
        "MSG_DONTWAIT",
        "{established}+0 recv(4, ..., 1, MSG_DONTWAIT) = -1 EAGAIN (nothing)",
        "{established}+0 recv(4, ..., 1, 0) = -1 EAGAIN (nothing)",
        "fail: recv blocks",
    ),
    Row::new(
        "MSG_WAITALL",
        "{established}+0...0.2 recv(4, ..., 200, MSG_WAITALL) = 200\n+.1 < P. 1:101(100) ack 1 win 65535\n+.1 < P. 101:201(100) ack 1 win 65535\n* > . 1:1(0) ack 101~201",
        "{established}+0...0.2 recv(4, ..., 200, 0) = 200\n+.1 < P. 1:101(100) ack 1 win 65535\n+.1 < P. 101:201(100) ack 1 win 65535\n* > . 1:1(0) ack 101~201",
        "fail: recv returned 100, not 200",
    ),
    Row::new(
        "MSG_TRUNC drops what a stream has",
        data!("{established}", "+0 recv(4, NULL, 60, MSG_TRUNC) = 60\n+0 read(4, ..., 100) = 40\n"),
        data!("{established}", "+0 recv(4, NULL, 60, 0) = 60\n"),
        "fail: recv returned -1 EFAULT, not 60",
    ),
    Row::new(
        "MSG_OOB, where urgent data lies beside the stream",
        "{established}+0 < PU. 1:11(10) ack 1 win 65535 urg 10\n+0~+.5 > . 1:1(0) ack 11\n+0 recv(4, ..., 1, MSG_OOB) = 1\n+0 read(4, ..., 100) = 9",
        "{established}+0 < P. 1:11(10) ack 1 win 65535\n+0~+.5 > . 1:1(0) ack 11\n+0 recv(4, ..., 1, MSG_OOB) = 1",
        "fail: recv returned -1 EINVAL, not 1",
    )
    .under(LINUX),
    Row::new(
        "MSG_OOB, sent",
        "{established}+0 send(4, ..., 3, MSG_OOB) = 3\n+0 > PU. 1:4(3) ack 1 urg 3",
        "{established}+0 send(4, ..., 3, 0) = 3\n+0 > PU. 1:4(3) ack 1 urg 3",
        "fail: ",
    ),
    Row::new(
        "MSG_MORE",
        "{established}+0 send(4, ..., 10, MSG_MORE) = 10\n+0 write(4, ..., 10) = 10\n+0 > P. 1:21(20) ack 1",
        "{established}+0 send(4, ..., 10, MSG_MORE) = 10\n+0 > P. 1:11(10) ack 1",
        "fail: ",
    ),
    Row::new(
        "MSG_NOSIGNAL",
        "{established}+0 shutdown(4, SHUT_WR) = 0\n+0 > F. 1:1(0) ack 1\n+0 send(4, ..., 1, MSG_NOSIGNAL) = -1 EPIPE (shut)",
        "{established}+0 shutdown(4, SHUT_WR) = 0\n+0 > F. 1:1(0) ack 1\n+0 send(4, ..., 1, MSG_NOSIGNAL) = 1",
        "fail: send returned -1 EPIPE, not 1",
    ),
    Row::new(
        "a null buffer",
        "{established}+0 write(4, NULL, 10) = -1 EFAULT (null)\n+0 write(4, NULL, 0) = 0",
        "{established}+0 write(4, NULL, 10) = 10",
        "fail: write returned -1 EFAULT, not 10",
    ),
    Row::new(
        "MSG_FASTOPEN without a cookie",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 sendto(3, ..., 100, MSG_FASTOPEN, ..., ...) = -1 EINPROGRESS (asks first)\n+0 > S 0:0(0) <...>",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 sendto(3, ..., 100, MSG_FASTOPEN, ..., ...) = 100",
        "fail: sendto returned -1 EINPROGRESS, not 100",
    )
    .under(LINUX),
    Row::new(
        "MSG_FASTOPEN to nobody",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 sendto(3, ..., 10, MSG_FASTOPEN, AF_UNSPEC, ...) = -1 EOPNOTSUPP (no server)",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 sendto(3, ..., 10, MSG_FASTOPEN, AF_UNSPEC, ...) = -1 EPIPE (no peer)",
        "fail: sendto set errno to EOPNOTSUPP, not EPIPE",
    )
    .under(LINUX),
    Row::new(
        "MSG_FASTOPEN without text",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0...0.1 sendto(3, ..., 0, MSG_FASTOPEN, ..., ...) = 0\n+0 > S 0:0(0) <...>\n+.1 < S. 0:0(0) ack 1 win 65535\n+0 > . 1:1(0) ack 1",
        "0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n+0 sendto(3, ..., 0, MSG_FASTOPEN, ..., ...) = 0",
        "fail: sendto returned -1 EINPROGRESS, not 0",
    )
    .under(LINUX),
    Row::new(
        "TCP_FASTOPEN_CONNECT: the first connect asks for a cookie, the next has one and waits for text",
        by_connect!("+0 > S 0:100(100) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7,FO abcd1234,nop,nop>"),
        by_connect!("+0 > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7,FO,nop,nop>"),
        "fail: length: expected 0, seen 100",
    )
    .under(LINUX),
    Row::new(
        "sendmsg",
        "{established}+0 sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 5}, {..., 7}], msg_flags=0}, 0) = 12\n+0 > P. 1:13(12) ack 1",
        "{established}+0 sendmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 5}], msg_flags=1}, 0) = 5",
        "error: argument 2 of sendmsg must be a message header with msg_flags=0",
    )
    .under(LINUX),
    Row::new(
        "a TTL that one message asks for",
        "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 5}], msg_flags=0, msg_control=[{cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=9}]}, 0) = 5\n+0 > [ttl 9] udp (5)\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > [ttl 64] udp (5)",
        "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 5}], msg_flags=0, msg_control=[{cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=9}]}, 0) = 5\n+0 > [ttl 64] udp (5)",
        "fail: TTL: expected 64, seen 9",
    )
    .under(LINUX),
    Row::new(
        "a TTL that no message can have",
        "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 5}], msg_flags=0, msg_control=[{cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=0}]}, 0) = -1 EINVAL (no TTL)",
        "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 5}], msg_flags=0, msg_control=[{cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=0}]}, 0) = 5",
        "fail: sendmsg returned -1 EINVAL, not 5",
    )
    .under(LINUX),
    Row::new(
        "control data that cannot be sent",
        "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 5}], msg_flags=0, msg_control=[{cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=9}]}, 0) = 5",
        "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 5}], msg_flags=0, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data={scm_sec=1, scm_nsec=0}}]}, 0) = 5",
        "error: a part of argument 2 of sendmsg must be a control message that can be sent: a number or a string",
    )
    .under(LINUX),
    Row::new(
        "connect after a refusal",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (goes on)\n+0 > S 0:0(0) <...>\n+0 < R. 0:0(0) ack 1 win 0\n+0 connect(3, ..., ...) = -1 ECONNREFUSED (once)\n+0 connect(3, ..., ...) = -1 EINPROGRESS (again)\n+0 > S 0:0(0) <...>",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (goes on)\n+0 > S 0:0(0) <...>\n+0 < R. 0:0(0) ack 1 win 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (again)",
        "fail: connect set errno to ECONNREFUSED, not EINPROGRESS",
    )
    .under(LINUX),
    Row::new(
        "recvmsg and its flags",
        "{udp}+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > udp (5)\n+0 < udp (20)\n+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=MSG_TRUNC}, 0) = 10",
        "{udp}+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > udp (5)\n+0 < udp (20)\n+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0}, 0) = 10",
        "fail: recvmsg gave message flags 0x20, not 0x0",
    ),
];

/// Descriptors and what they are asked.
const DESCRIPTORS: &[Row] = &[
    Row::new(
        "labels are the script's own",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 77\n+0 close(77) = 0\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 77",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 77\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 77",
        "error: descriptor 77 is still open",
    ),
    Row::new(
        "a closed label is unknown, whatever is expected",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 close(3) = 0",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 close(3) = 0\n+0 close(3) = -1 EBADF (closed)",
        "error: no descriptor 3 is open",
    ),
    Row::new(
        "fcntl",
        "{listening}+0 fcntl(3, F_SETFD, FD_CLOEXEC) = 0\n+0 fcntl(3, F_GETFD) = 1\n+0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)",
        "{listening}+0 fcntl(3, F_GETFD) = 1",
        "fail: fcntl returned 0, not 1",
    ),
    Row::new(
        "ioctl: SIOCINQ and SIOCOUTQ",
        data!("{established}", "+0 ioctl(4, SIOCINQ, [100]) = 0\n+0 write(4, ..., 10) = 10\n+0 ioctl(4, SIOCOUTQ, [10]) = 0\n"),
        data!("{established}", "+0 ioctl(4, SIOCINQ, [99]) = 0\n"),
        "fail: ioctl gave the value 100, not 99",
    ),
    Row::new(
        "ioctl: FIONBIO",
        "{established}+0 ioctl(4, FIONBIO, [1]) = 0\n+0 read(4, ..., 1) = -1 EAGAIN (nothing)",
        "{established}+0 ioctl(4, FIONBIO, [0]) = 0\n+0 read(4, ..., 1) = -1 EAGAIN (nothing)",
        "fail: read blocks",
    ),
    Row::new(
        "shutdown",
        "{established}+0 shutdown(4, SHUT_WR) = 0\n+0 > F. 1:1(0) ack 1",
        "{listening}+0 shutdown(3, SHUT_RDWR) = 0",
        "fail: shutdown returned -1 ENOTCONN, not 0",
    ),
    Row::new(
        "shutdown ends listening",
        "{listening}+0 shutdown(3, SHUT_RD) = 0\n+0 < S 0:0(0) win 65535\n+0 > R. 0:0(0) ack 1",
        "{listening}+0 < S 0:0(0) win 65535\n+0 > R. 0:0(0) ack 1",
        "fail: ",
    )
    .under(LINUX),
    Row::new(
        "close with SO_LINGER of zero",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0\n+0 close(4) = 0\n+0 > R. 1:1(0) ack 1",
        "{established}+0 close(4) = 0\n+0 > R. 1:1(0) ack 1",
        "fail: ",
    ),
    Row::new(
        "poll",
        data!("{established}", "+0 poll([{fd=4, events=POLLIN|POLLOUT|POLLRDHUP, revents=POLLIN|POLLOUT}, {fd=3, events=POLLIN}], 2, 0) = 1\n"),
        "{established}+0 poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) = 1",
        "fail: poll gave revents 0x4, not 0x1",
    ),
    Row::new(
        "poll: POLLRDHUP, POLLHUP",
        "{established}+0 < F. 1:1(0) ack 1 win 65535\n+0 > . 1:1(0) ack 2\n+0 poll([{fd=4, events=POLLIN|POLLRDHUP, revents=POLLIN|POLLRDHUP}], 1, 0) = 1
+0 shutdown(4, SHUT_WR) = 0\n+0 > F. 1:1(0) ack 2\n+0 poll([{fd=4, events=POLLRDHUP, revents=POLLRDHUP|POLLHUP}], 1, 0) = 1",
        "{established}+0 poll([{fd=4, events=POLLRDHUP, revents=POLLRDHUP}], 1, 0) = 0",
        "fail: poll gave revents 0x0, not 0x2000",
    ),
    Row::new(
        "poll: POLLPRI",
        "{established}+0 < PU. 1:11(10) ack 1 win 65535 urg 10\n+0~+.5 > . 1:1(0) ack 11\n+0 poll([{fd=4, events=POLLPRI, revents=POLLPRI}], 1, 0) = 1",
        "{established}+0 < P. 1:11(10) ack 1 win 65535\n+0~+.5 > . 1:1(0) ack 11\n+0 poll([{fd=4, events=POLLPRI, revents=POLLPRI}], 1, 0) = 1",
        "fail: poll ",
    ),
    Row::new(
        "epoll, level-triggered",
        data!("{established}+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4}) = 0\n+0 epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0\n", "+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1\n+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1\n"),
        data!("{established}+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, u64=9}) = 0\n", "+0 epoll_wait(5, {events=EPOLLIN, u64=8}, 1, 0) = 1\n"),
        "fail: epoll_wait gave the data of an event 9, not 8",
    ),
    Row::new(
        "epoll, edge-triggered",
        data!("{established}+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4}) = 0\n", "+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1\n+0 epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0\n+0 < P. 101:201(100) ack 1 win 65535\n+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1\n"),
        data!("{established}+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4}) = 0\n", "+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1\n+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1\n"),
        "fail: epoll_wait returned 0, not 1",
    ),
    Row::new(
        "epoll: EPOLLONESHOT, and EPOLL_CTL_MOD",
        "{established}+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT|EPOLLONESHOT, fd=4}) = 0\n+0 epoll_wait(5, {events=EPOLLOUT, fd=4}, 1, 0) = 1\n+0 epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0\n+0 epoll_ctl(5, EPOLL_CTL_MOD, 4, {events=EPOLLOUT, fd=4}) = 0\n+0 epoll_wait(5, {events=EPOLLOUT, fd=4}, 1, 0) = 1",
        "{established}+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_MOD, 4, {events=EPOLLOUT, fd=4}) = 0",
        "fail: epoll_ctl returned -1 ENOENT, not 0",
    ),
    Row::new(
        "epoll_wait that waits",
        "{established}+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4}) = 0\n+0...0.1 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, -1) = 1\n+.1 < P. 1:101(100) ack 1 win 65535\n+0~+.5 > . 1:1(0) ack 101",
        "{established}+0 epoll_create(1) = 5\n+0...0.2 epoll_wait(5, {events=0, ptr=0}, 1, 100) = 0",
        "fail: the return of this call was",
    ),
    Row::new(
        "pipe and splice",
        "{established}+0 pipe([8, 9]) = 0\n+0 write(9, ..., 30) = 30\n+0 splice(8, NULL, 4, NULL, 20, 0) = 20\n+0 > P. 1:21(20) ack 1\n+0 read(8, ..., 100) = 10",
        "{established}+0 pipe([8, 9]) = 0\n+0 splice(3, NULL, 4, NULL, 20, 0) = 20",
        "fail: splice returned -1 EINVAL, not 20",
    ),
    Row::new(
        "splice into a pipe",
        data!("{established}", "+0 pipe([8, 9]) = 0\n+0 splice(4, NULL, 9, NULL, 60, 0) = 60\n+0 read(8, ..., 100) = 60\n"),
        "{established}+0 pipe([8, 9]) = 0\n+0 splice(4, NULL, 9, NULL, 60, 0) = 60",
        "fail: splice returned -1 EAGAIN, not 60",
    ),
    Row::new(
        "no file of the host without leave",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
        "0 open(\"/etc/hostname\", O_RDONLY) = 3",
        "unsupported: open() of a file of this host, without --allow-shell",
    ),
    Row::new(
        "cap_set",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
        "0 cap_set(CAP_EFFECTIVE, CAP_NET_ADMIN, CAP_CLEAR) = 0",
        "unsupported: cap_set()",
    ),
    Row::new(
        "getsockopt: the length, then the value",
        "{established}+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [1000], [4]) = 0",
        "{established}+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [1000], [8]) = 0",
        "fail: getsockopt gave a value of length 4, not 8",
    ),
    Row::new(
        "getsockopt that fails leaves the script's value",
        "{udp}+0 getsockopt(3, SOL_TCP, TCP_NODELAY, ..., ...) = -1 ENOPROTOOPT (no stream)",
        "{udp}+0 getsockopt(3, SOL_TCP, TCP_NODELAY, [1], [4]) = 0",
        "fail: getsockopt returned -1 ENOPROTOOPT, not 0",
    )
    .under(BSD),
];

#[test]
fn sockets_are_made_and_connected() {
    check(OPENING);
}

#[test]
fn octets_go_both_ways() {
    check(TRANSFER);
}

#[test]
fn over_ipv6_an_error_is_said_in_its_words() {
    check(&[Row::new(
        "IPV6_RECVERR",
        "{udp}+0 setsockopt(3, SOL_IPV6, IPV6_RECVERR, [1], 4) = 0\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > udp (5)\n+0 < icmp unreachable port_unreachable [udp (5)]
+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=MSG_ERRQUEUE, msg_control=[{cmsg_level=SOL_IPV6, cmsg_type=IPV6_RECVERR, cmsg_data={ee_errno=ECONNREFUSED, ee_origin=SO_EE_ORIGIN_ICMP6, ee_type=1, ee_code=4, ee_info=0, ee_data=0}}]}, MSG_ERRQUEUE) = 0",
        "{udp}+0 setsockopt(3, SOL_IP, IPV6_RECVERR, [1], 4) = 0",
        "unsupported: socket option",
    )
    .under(IPV6)]);
}

#[test]
fn descriptors_are_asked() {
    check(DESCRIPTORS);
}
